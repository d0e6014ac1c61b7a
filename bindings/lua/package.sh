#!/bin/sh
# Writes the rockspec, and a rock for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that LuaRocks has no name for are left out; it knows no musl.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

name=libspotify-token-$(version)-1

platform_of() {
    case $1 in
        x86_64-unknown-linux-gnu) echo linux-x86_64 ;;
        aarch64-unknown-linux-gnu) echo linux-aarch64 ;;
        x86_64-apple-darwin) echo macosx-x86_64 ;;
        aarch64-apple-darwin) echo macosx-aarch64 ;;
    esac
}

cp "$name.rockspec" "$out"
mkdir licenses
cp LICENSE-* licenses
for prefix in "$native"/*; do
    platform=$(platform_of "${prefix##*/}")
    [ -n "$platform" ] || continue
    cp -L "$(library_in "$prefix")" native.so
    cp -L "$(command_in "$prefix")" spotify-token
    third_party_licenses "${prefix##*/}" >licenses/THIRD-PARTY-LICENSES
    luarocks --lua-version 5.1 make --no-doc --pack-binary-rock "$name.rockspec" >/dev/null
    # Once more, with the same times each time, and for the platform that the library is for.
    unzip -q "$name".*.rock -d rock
    rm "$name".*.rock
    (cd rock && zip_into "$out/$name.$platform.rock")
    rm -r rock
done
