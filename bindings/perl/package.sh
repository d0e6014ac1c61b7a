#!/bin/sh
# Writes the distribution without a library, and one with the library and the command for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

# Writes a distribution whose archive has this suffix.
distribute() {
    name=SpotifyToken-$(version)
    mkdir -p "pack/$name"
    cp -R README.md LICENSE-* Makefile.PL lib "pack/$name"
    if [ -d bin ]; then cp -R bin THIRD-PARTY-LICENSES "pack/$name"; fi
    # It lists itself, so it is there before find looks.
    : >"pack/$name/MANIFEST"
    (cd "pack/$name" && find . -type f | sed 's|^\./||' | LC_ALL=C sort >MANIFEST)
    (cd pack && tar_into "$out/$name$1.tar.gz" "$name")
    rm -r pack
}

distribute ""
for prefix in "$native"/*; do
    rm -rf bin lib/SpotifyToken/*spotify_token.*
    mkdir bin
    cp -L "$(library_in "$prefix")" lib/SpotifyToken
    cp -L "$(command_in "$prefix")" bin
    third_party_licenses "${prefix##*/}" >THIRD-PARTY-LICENSES
    distribute "-${prefix##*/}"
done
