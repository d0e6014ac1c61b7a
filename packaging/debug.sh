#!/bin/sh
# Puts the debug information of what was built below BUILD/*/RELEASE where gdb and others look for it: below PREFIX/lib/debug, named
# after the build id. Called by the makefile, on Linux: debug.sh PREFIX BUILD RELEASE
set -eu

for object in "$2/shared/$3/libspotify_token.so" "$2/command/$3/spotify-token"; do
    id=$(readelf -n "$object" | sed -n 's/^ *Build ID: //p')
    file=$1/lib/debug/.build-id/$(printf %.2s "$id")/${id#??}.debug
    mkdir -p "$(dirname "$file")"
    "${OBJCOPY:-objcopy}" --only-keep-debug "$object" "$file"
    chmod 644 "$file"
done
