#!/bin/sh
# Makes all that a release publishes of the installed prefixes in NATIVE, each named after its target: dist.sh NATIVE OUT
# The same source and the same prefixes give the same files. Needs git, cargo, python3, GNU tar, xz, debhelper, and what the
# bindings/*/package.sh need.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
date=$(sh "$root/packaging/fact.sh" date)
native=$(cd "$1" && pwd)
rm -rf "$2"
mkdir -p "$2"
out=$(cd "$2" && pwd)
# For those who make the packages of the languages.
SOURCE_DATE_EPOCH=$(date -u -d "$date" +%s)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

sh "$here/source.sh" "$out"
for prefix in "$native"/*; do
    sh "$here/archive.sh" "$prefix" "$out"
    case $prefix in
    *-linux-gnu) sh "$root/packaging/debian/build.sh" "$prefix" "$out" ;;
    esac
done
for package in "$root"/bindings/*/package.sh; do
    "$package" "$native" "$out"
done
sh "$here/recipes.sh" "$out"
cd "$out"
sha256sum -- * >SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
