#!/bin/sh
# Writes the package for Composer, with the libraries and the commands of all targets: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

set --
for prefix in "$native"/*; do
    mkdir -p "native/${prefix##*/}"
    cp -L "$(library_in "$prefix")" "$(command_in "$prefix")" "native/${prefix##*/}"
    set -- "$@" "${prefix##*/}"
done
third_party_licenses "$@" >THIRD-PARTY-LICENSES
rm package.sh
zip_into "$out/libspotify-token-php-$(version).zip"
