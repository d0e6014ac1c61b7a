#!/usr/bin/env bash
# Builds library, headers and command for a target of targets.txt, as releases have them, and lays them out as `make install`
# does, in target/native/TARGET. `make TARGET=...` calls it.
#
#   build.sh TARGET
#
# The toolchains go to target/targets, or to the folder SPOTIFY_TOKEN_TOOLCHAINS. Needs cargo, make, python3 and llvm, and for a
# target whose standard library the Rust toolchain lacks, apt-get. With SPOTIFY_TOKEN_QUICK=1 it takes less time, optimises less and
# leaves out the debug information, for tests, and the folder is target/quick/TARGET.
set -euo pipefail

target=${1-}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
read -r _ toolchain name < <(grep "^$target " "$here/targets.txt") || {
    echo "build.sh: there is no target '$target' in $here/targets.txt" >&2
    exit 64
}
build=${CARGO_TARGET_DIR:-target}
mkdir -p "$build/targets"
build=$(cd "$build" && pwd)
toolchains=${SPOTIFY_TOKEN_TOOLCHAINS:-$build/targets}

# The manual page and the completions are printed by a command that runs here: the one that is built, or one built before.
case $target in
"$(uname -m)-unknown-linux-"*) ;;
*)
    PRINTER=$build/native/$(uname -m)-unknown-linux-gnu/bin/spotify-token
    if ! [ -x "$PRINTER" ]; then
        cargo build --quiet --bin spotify-token
        PRINTER=$build/debug/spotify-token
    fi
    export PRINTER
    ;;
esac

# One build at a time writes to the toolchains.
mkdir -p "$toolchains"
exec 9>"$toolchains/lock"
flock 9
PATH=$(sh "$here/$toolchain.sh" "$toolchains"):$PATH
RUSTC=$(sh "$here/rust.sh" "$toolchains" "$target")
flock -u 9
export RUSTC
case $toolchain in
zig)
    export ZIG_GLOBAL_CACHE_DIR=$toolchains/cache CARGO_ZIGBUILD_CACHE_DIR=$toolchains/cache
    cargo="cargo-zigbuild"
    # Those of Debian know the processor of this machine alone.
    export STRIP=llvm-strip OBJCOPY=llvm-objcopy
    ;;
mingw)
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-win32
    export CC_x86_64_pc_windows_gnu=$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER STRIP=x86_64-w64-mingw32-strip
    cargo=cargo
    ;;
esac
flags="--target $name"
shared_flags=
case $target in
*-musl)
    # zig brings the files that programs start with. The command has musl inside; the shared library uses that of its program.
    flags="$flags --config \"build.rustflags=['-Clink-self-contained=no']\""
    shared_flags="--config \"build.rustflags=['-Ctarget-feature=-crt-static']\""
    ;;
*-apple-darwin)
    # The first system for both processors, and rustc would strip with a tool of its own.
    export MACOSX_DEPLOYMENT_TARGET=11.0 CARGO_PROFILE_RELEASE_STRIP=none
    ;;
esac

prefix=$build/native/$target
builds=$build/targets/build
lto=fat
parts=(install)
case $target in
*-linux-*) parts+=(install-debug) ;;
esac
if [ "${SPOTIFY_TOKEN_QUICK-}" = 1 ]; then
    # One folder and the same flags for all parts, so that the crates that they share are built once.
    prefix=$build/quick/$target
    builds=$build/targets/quick
    mkdir -p "$builds/all"
    for part in shared static command; do ln -sfn all "$builds/$part"; done
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
    lto=off
    parts=(install DEBUG=)
fi

# What make was told for this system is not meant for the target.
unset MAKEFLAGS MFLAGS
export CARGO_BUILD_TARGET=$target
make "${parts[@]}" PREFIX="$prefix" BUILD="$builds" PACKED= \
    LTO="$lto" CARGO="$cargo" CARGO_FLAGS="$flags" SHARED_FLAGS="$shared_flags"
case $target in
*-musl)
    # The name that musl has in its distributions, and that the rules for wheels ask for. musl's loader takes both for itself.
    patchelf --replace-needed libc.so "libc.musl-${target%%-*}.so.1" "$prefix/lib/libspotify_token.so.0"
    ;;
esac
