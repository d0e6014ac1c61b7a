#!/bin/sh
# Builds the shared library twice, from copies of the tree in two directories, and compares: the same source gives the same
# bytes wherever it is built. Prints the hash. Needs what `make shared` needs, and git.
#
#   sh packaging/reproducible.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cargo_home=${CARGO_HOME:-$HOME/.cargo}

build() {
    mkdir -p "$scratch/$1"
    (cd "$root" && git ls-files -z | xargs -0 tar cf -) | tar xf - -C "$scratch/$1"
    # The places of the source and of its dependencies, which panics name, under names that are the same everywhere.
    RUSTFLAGS="--remap-path-prefix=$scratch/$1=/spotify-token --remap-path-prefix=$cargo_home=/cargo" \
        CARGO_TARGET_DIR="$scratch/$1/target" make -s -C "$scratch/$1" shared
    cp "$scratch/$1/target/install/shared/release/libspotify_token.so" "$scratch/$1.so"
}

build one
build a-longer-name/two
if ! cmp "$scratch/one.so" "$scratch/a-longer-name/two.so"; then
    echo "the two builds differ" >&2
    exit 1
fi
sha256sum <"$scratch/one.so"
