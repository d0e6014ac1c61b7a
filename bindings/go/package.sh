#!/bin/sh
# Writes the module as module proxies serve it: package.sh NATIVE OUT
# It has no library in it, so NATIVE does not matter.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

module=example.org/libspotify-token@v$(version)
mkdir -p "pack/$module"
for file in *; do
    case $file in
        pack | package.sh) ;;
        # A module of its own has no place in this one.
        *) [ -e "$file/go.mod" ] || cp -R "$file" "pack/$module" ;;
    esac
done
cd pack
zip_into "$out/libspotify-token-go-$(version).zip"
