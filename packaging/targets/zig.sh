#!/bin/sh
# Installs zig, which is a C compiler and linker for all systems, and cargo-zigbuild, which has cargo use it.
# Prints the folder of the programs.
#
#   zig.sh TOOLCHAINS
set -eu

zig=$1/zig
if ! [ -e "$zig/complete" ]; then
    rm -rf "$zig"
    python3 -m venv "$zig"
    "$zig/bin/pip" install --quiet --disable-pip-version-check ziglang==0.17.1 cargo-zigbuild==0.24.1 >&2
    : >"$zig/complete"
fi
echo "$zig/bin"
