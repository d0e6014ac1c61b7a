#!/bin/sh
# The linker of the shared library: the one that CARGO_TARGET_<TARGET>_LINKER names, or cc, with the version script
# abi/spotify_token.map. rustc passes a script without versions, and linkers refuse or ignore a second one.
# Called by rustc.
set -eu

map=$(dirname "$0")/../abi/spotify_token.map
target=${CARGO_BUILD_TARGET:-$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')}
named=CARGO_TARGET_$(printf %s "$target" | tr a-z- A-Z_)_LINKER
eval "named=\${$named-}"

for argument; do
    shift
    case $argument in
    -Wl,--version-script=*) argument=-Wl,--version-script=$map ;;
    esac
    set -- "$@" "$argument"
done
exec "${named:-cc}" "$@"
