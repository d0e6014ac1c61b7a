#!/bin/sh
# Packs the committed source with the crates that it needs: source.sh OUT
# The archive, spotify-token-VERSION-source.tar.xz, builds without a network, and on Linux its tests do too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
version=$(sh "$root/packaging/fact.sh" version)
name=spotify-token-$version-source
out=$(cd "$1" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# crates TARGET FLAG...: what cargo compiles for a target, each with its version.
crates() {
    cargo tree --quiet --locked --prefix none --format '{p}' --target "$@" | awk '{ print $1 "-" substr($2, 2) }'
}

git -C "$root" archive --prefix="$name/" HEAD | tar xf - -C "$stage"
cd "$stage/$name"
# As in an archive of cargo package: build.rs reads it.
printf '{\n  "git": {\n    "sha1": "%s"\n  }\n}\n' "$(git -C "$root" rev-parse HEAD)" >.cargo_vcs_info.json
while read -r target _; do
    case $target in
    "#") ;;
    *-linux-*) crates "$target" --all-features --edges normal,build,dev ;;
    *) crates "$target" --features redis --edges normal,build ;;
    esac
done <packaging/targets/targets.txt >"$stage/needed"

mkdir .cargo
cargo vendor --locked --versioned-dirs vendor >.cargo/config.toml 2>"$stage/log" || { cat "$stage/log" >&2; exit 1; }
# Cargo wants to see every crate of Cargo.lock. Of those that it compiles for none of the targets, the manifest is enough, and
# a file that it can find.
for crate in vendor/*; do
    if ! grep -qx "${crate#vendor/}" "$stage/needed"; then
        find "$crate" -type f ! -name Cargo.toml ! -name .cargo-checksum.json -delete
        mkdir -p "$crate/src"
        : >"$crate/src/lib.rs"
        sed -i 's/"files":{[^}]*}/"files":{}/' "$crate/.cargo-checksum.json"
    fi
done
find vendor -type d -empty -delete
sh "$here/pack.sh" "$stage/$name" "$out/$name.tar.xz"
