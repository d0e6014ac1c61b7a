#!/bin/sh
# Prints rustc's arguments for packed relocations (DT_RELR) where a program that has them starts: they need glibc 2.36.
# Called by the makefile.
set -eu

packed=-Clink-arg=-Wl,-z,pack-relative-relocs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'fn main() {}' >"$scratch/probe.rs"
if "${RUSTC:-rustc}" "$packed" -o "$scratch/probe" "$scratch/probe.rs" >"$scratch/log" 2>&1 && "$scratch/probe"; then
    echo "$packed"
fi
