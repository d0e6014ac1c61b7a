#!/bin/sh
# Builds Rust's standard library for a target from the source that the compiler brings, and adds it to the compiler.
#
#   std.sh RUSTC TARGET
set -eu

rustc=$1
target=$2
rustlib=$("$rustc" --print sysroot)/lib/rustlib
source=$(readlink -f "$rustlib/src/rust/library")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# An empty crate: what is wanted is what cargo builds before it.
mkdir "$scratch/src"
: >"$scratch/src/lib.rs"
cat >"$scratch/Cargo.toml" <<'END'
[package]
name = "empty"
edition = "2024"
END
# The bitcode is for link-time optimisation. Panic messages name source files: without directories of this machine.
flags="-C embed-bitcode=yes --remap-path-prefix=$source=/rustc/library"
flags="$flags --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/="
RUSTC=$rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags CARGO_TARGET_DIR=$scratch/target \
    cargo build --quiet --manifest-path "$scratch/Cargo.toml" --release --target "$target" \
    -Z build-std=std,panic_unwind,test

mkdir -p "$rustlib/$target/lib"
cp "$scratch/target/$target"/release/deps/*.rmeta "$rustlib/$target/lib/"
cp "$scratch/target/$target"/release/deps/*.rlib "$rustlib/$target/lib/"
rm -f "$rustlib/$target/lib"/libempty-*
