#!/bin/sh
# Writes the source distribution, and a wheel for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that hatch_build.py has no wheel for are left out.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

python3 -m hatchling build --target sdist --directory "$out"
for prefix in "$native"/*; do
    target=${prefix##*/}
    grep -q "\"$target\": " hatch_build.py || continue
    third_party_licenses "$target" >THIRD-PARTY-LICENSES
    SPOTIFY_TOKEN_TARGET=$target SPOTIFY_TOKEN_PREFIX=$prefix python3 -m hatchling build --target wheel --directory "$out"
done
