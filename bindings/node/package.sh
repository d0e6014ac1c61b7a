#!/bin/sh
# Writes the package, and one with the library and the command for each target: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that lib/platforms.js does not list are left out.
set -eu

native=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# With the files that the links to the licenses lead to.
cp -RL "$(dirname "$0")" "$stage/main"

node "$stage/main/stage.js" "$native" "$stage"
for package in "$stage"/*; do
    (cd "$package" && npm pack --silent --pack-destination "$out")
done
