#!/bin/sh
# Lays out what was built, or takes exactly that away again. Called by the makefile:
#   install.sh install PREFIX BUILD
#   install.sh uninstall PREFIX
set -eu

action=$1
prefix=$2
build=${3-}
root=$(dirname "$0")/..
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
major=${version%%.*}
lib=$prefix/lib
cmake=$lib/cmake/spotify_token

# put MODE SOURCE TARGET: copies one file.
put() {
    mkdir -p "$(dirname "$3")"
    cp "$2" "$3.new"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
}

# fill TEMPLATE TARGET: copies one file and puts version and libraries into it.
fill() {
    mkdir -p "$(dirname "$2")"
    sed -e "s/@VERSION@/$version/g" -e "s/@MAJOR@/$major/g" -e "s/@STATIC_LIBS@/$static_libs/g" "$1" >"$2.new"
    chmod 644 "$2.new"
    mv -f "$2.new" "$2"
}

case $action in
install)
    static_libs=$(cat "$build/native-static-libs")
    put 755 "$build/command/release/spotify-token" "$prefix/bin/spotify-token"
    put 644 "$root/include/spotify_token.h" "$prefix/include/spotify_token.h"
    put 644 "$root/include/spotify_token.hpp" "$prefix/include/spotify_token.hpp"
    put 644 "$build/static/release/libspotify_token.a" "$lib/libspotify_token.a"
    strip -g "$lib/libspotify_token.a" 2>/dev/null || true
    put 755 "$build/shared/release/libspotify_token.so" "$lib/libspotify_token.so.$version"
    strip "$lib/libspotify_token.so.$version" 2>/dev/null || true
    ln -sf "libspotify_token.so.$version" "$lib/libspotify_token.so.$major"
    ln -sf "libspotify_token.so.$major" "$lib/libspotify_token.so"
    fill "$root/packaging/spotify_token.pc.in" "$lib/pkgconfig/spotify_token.pc"
    fill "$root/packaging/spotify_token-config.cmake.in" "$cmake/spotify_token-config.cmake"
    fill "$root/packaging/spotify_token-config-version.cmake.in" "$cmake/spotify_token-config-version.cmake"
    ;;
uninstall)
    rm -f "$prefix/bin/spotify-token" \
        "$prefix/include/spotify_token.h" "$prefix/include/spotify_token.hpp" \
        "$lib/libspotify_token.a" "$lib/libspotify_token.so" \
        "$lib/libspotify_token.so.$major" "$lib/libspotify_token.so.$version" \
        "$lib/pkgconfig/spotify_token.pc" \
        "$cmake/spotify_token-config.cmake" "$cmake/spotify_token-config-version.cmake"
    if [ -d "$cmake" ]; then rmdir "$cmake"; fi
    ;;
*)
    echo "install.sh: there is no action $action" >&2
    exit 64
    ;;
esac
