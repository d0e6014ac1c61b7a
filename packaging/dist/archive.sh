#!/bin/sh
# Packs an installed prefix, which is named after its target: archive.sh PREFIX OUT
#
#   spotify-token-VERSION-TARGET.tar.xz        what is installed, and the licenses of all that is compiled in
#   spotify-token-VERSION-TARGET-debug.tar.xz  the debug information, from lib/debug of the prefix
#   spotify-token-VERSION-TARGET.cdx.json      the list of what is compiled in, as CycloneDX has it
set -eu

here=$(dirname "$0")
root=$here/../..
version=$(sh "$root/packaging/fact.sh" version)
target=$(basename "$1")
name=spotify-token-$version-$target
out=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

mkdir -p "$stage/$name" "$stage/debug"
cp -R "$1/." "$stage/$name"
if [ -d "$stage/$name/lib/debug" ]; then
    mkdir -p "$stage/debug/$name/lib"
    mv "$stage/$name/lib/debug" "$stage/debug/$name/lib"
    sh "$here/pack.sh" "$stage/debug/$name" "$out/$name-debug.tar.xz"
fi

doc=$stage/$name/share/doc/spotify-token
mkdir -p "$doc"
cp "$root/CHANGELOG.md" "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$doc"
python3 "$here/dependencies.py" licenses "$target" >"$doc/THIRD-PARTY-LICENSES"
sh "$here/pack.sh" "$stage/$name" "$out/$name.tar.xz"
python3 "$here/dependencies.py" sbom "$target" >"$out/$name.cdx.json"
