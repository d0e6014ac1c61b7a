#!/bin/sh
# Writes the package, and one with the library and the command for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that lib/platforms.js does not list are left out.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

node lay_out.js "$native"
for package in platforms/*/; do
    third_party_licenses "$(basename "$package")" >"$package/THIRD-PARTY-LICENSES"
done
for package in . platforms/*/; do
    (cd "$package" && npm pack --silent --pack-destination "$out")
done
