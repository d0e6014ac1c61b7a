#!/bin/sh
# Makes dist/ twice from the same prefixes, in two folders, and compares: twice.sh NATIVE
set -eu

here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sh "$here/dist.sh" "$1" "$scratch/one"
sh "$here/dist.sh" "$1" "$scratch/two"
if ! diff "$scratch/one/SHA256SUMS" "$scratch/two/SHA256SUMS" >&2; then
    echo "twice.sh: these files differ" >&2
    exit 1
fi
cat "$scratch/one/SHA256SUMS"
