#!/bin/sh
# Unpacks Debian's compiler and linker for Windows. Prints the folder of the programs.
#
#   mingw.sh TOOLCHAINS
set -eu

mingw=$1/mingw
sh "$(dirname "$0")/deb.sh" "$mingw" "$(dpkg --print-architecture)" \
    gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-x86-64-win32-runtime binutils-mingw-w64-x86-64 \
    mingw-w64-x86-64-dev mingw-w64-common
echo "$mingw/usr/bin"
