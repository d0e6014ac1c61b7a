#!/bin/sh
# What the system that is built for calls the command, the shared library, and what linkers find that by, and how strip is told to
# take out all symbols that nobody needs, or the debug information alone. Read by install.sh, which has set version and abi.

# shellcheck disable=SC2034,SC2016,SC2154 # set for install.sh, CMake's variable, set by install.sh
strip_symbols=-s
strip_debug=-g
case ${CARGO_BUILD_TARGET:-$(uname -s)} in
*-windows-* | MINGW* | MSYS*)
    program=spotify-token.exe
    built=spotify_token.dll
    shared=bin/spotify_token.dll
    found_by="lib/libspotify_token.dll.a lib/spotify_token.def"
    cmake_name='IMPORTED_IMPLIB "${_spotify_token_prefix}/lib/libspotify_token.dll.a"'
    ;;
*-apple-* | Darwin)
    program=spotify-token
    built=libspotify_token.dylib
    shared=lib/libspotify_token.$abi.dylib
    found_by=lib/libspotify_token.dylib
    cmake_name="IMPORTED_SONAME \"@rpath/libspotify_token.$abi.dylib\""
    strip_symbols=-x
    strip_debug=-S
    ;;
*)
    program=spotify-token
    built=libspotify_token.so
    shared=lib/libspotify_token.so.$version
    found_by="lib/libspotify_token.so.$abi lib/libspotify_token.so"
    cmake_name="IMPORTED_SONAME \"libspotify_token.so.$abi\""
    ;;
esac
