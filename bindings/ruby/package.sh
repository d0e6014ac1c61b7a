#!/bin/sh
# Writes the source gem, and a gem for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that RubyGems has no platform for are left out.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

# Makes a gem of what is here.
build() {
    gem build --quiet libspotify-token.gemspec
    mv ./*.gem "$out"
}

platform_of() {
    case $1 in
        *-linux-gnu | *-linux-musl) echo "${1%%-*}-linux-${1##*-}" ;;
        x86_64-pc-windows-gnu) echo x64-mingw-ucrt ;;
        aarch64-apple-darwin) echo arm64-darwin ;;
        x86_64-apple-darwin) echo x86_64-darwin ;;
    esac
}

build
for prefix in "$native"/*; do
    SPOTIFY_TOKEN_PLATFORM=$(platform_of "${prefix##*/}")
    [ -n "$SPOTIFY_TOKEN_PLATFORM" ] || continue
    export SPOTIFY_TOKEN_PLATFORM
    rm -rf libexec lib/libspotify_token/*spotify_token.*
    mkdir libexec
    cp -L "$(library_in "$prefix")" lib/libspotify_token
    cp -L "$(command_in "$prefix")" libexec
    third_party_licenses "${prefix##*/}" >THIRD-PARTY-LICENSES
    build
done
