#!/bin/sh
# Builds Rust's standard library for a target from the source that the compiler brings, and adds it to the compiler.
#
#   std.sh RUSTC TARGET
set -eu

rustc=$1
target=$2
rustlib=$("$rustc" --print sysroot)/lib/rustlib
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Where cargo looks for it, and where Debian has it.
mkdir -p "$rustlib/src/rust"
[ -e "$rustlib/src/rust/library" ] ||
    ln -s "$(find "$rustlib/../../src" -maxdepth 2 -name library)" "$rustlib/src/rust/library"

# An empty crate: what is wanted is what cargo builds before it.
mkdir "$scratch/src"
: >"$scratch/src/lib.rs"
cat >"$scratch/Cargo.toml" <<'END'
[package]
name = "empty"
edition = "2024"
END
# The bitcode is for link-time optimisation.
RUSTC=$rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR=$scratch/target \
    cargo build --quiet --manifest-path "$scratch/Cargo.toml" --release --target "$target" \
    -Z build-std=std,panic_unwind,test

mkdir -p "$rustlib/$target/lib"
cp "$scratch/target/$target"/release/deps/*.rmeta "$rustlib/$target/lib/"
cp "$scratch/target/$target"/release/deps/*.rlib "$rustlib/$target/lib/"
rm -f "$rustlib/$target/lib"/libempty-*
