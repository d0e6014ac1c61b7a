#!/bin/sh
# Lays out what was built below BUILD/*/RELEASE, or takes exactly that away again. Called by the makefile:
#   install.sh install PREFIX BUILD RELEASE
#   install.sh uninstall PREFIX
set -eu

action=$1
prefix=$2
build=${3-}
release=${4-}
root=$(dirname "$0")/..
version=$(sh "$root/packaging/fact.sh" version)
date=$(sh "$root/packaging/fact.sh" date)
# The ABI has a number of its own, and the first version that had it.
abi=$(sh "$root/packaging/fact.sh" soname)
since=$(sh "$root/packaging/fact.sh" since)
. "$root/packaging/names.sh"
lib=$prefix/lib
cmake=$lib/cmake/spotify_token
command=$build/command/$release/$program
# A command for another system prints nothing here; one for this system prints the same.
printer=${PRINTER:-$command}

# put MODE TARGET: stdin becomes a file. It is renamed into place, so that a program that uses the old one goes on.
put() {
    mkdir -p "$(dirname "$2")"
    cat >"$2.new"
    chmod "$1" "$2.new"
    mv -f "$2.new" "$2"
}

# stripped FLAG MODE SOURCE TARGET: installs an object after strip FLAG, or as it is where strip fails.
stripped() {
    copy=$build/stripped.$$
    cp "$3" "$copy"
    "${STRIP:-strip}" "$1" "$copy" 2>/dev/null || cp "$3" "$copy"
    put "$2" "$4" <"$copy"
    rm -f "$copy"
}

# fill TEMPLATE: its text with version and libraries put in.
fill() {
    sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$date/g" -e "s/@ABI@/$abi/g" -e "s/@ABI_SINCE@/$since/g" \
        -e "s|@SHARED@|$shared|g" -e "s|@CMAKE_NAME@|$cmake_name|g" \
        -e "s/@STATIC_LIBS@/$static_libs/g" "$root/packaging/$1.in"
}

# generated TARGET VERB...: what the command prints.
generated() {
    target=$1
    shift
    "$printer" "$@" >"$build/generated.$$"
    put 644 "$target" <"$build/generated.$$"
    rm -f "$build/generated.$$"
}

case $action in
install)
    static_libs=$(cat "$build/static/$release/native-static-libs")
    stripped "$strip_symbols" 755 "$command" "$prefix/bin/$program"
    put 644 "$prefix/include/spotify_token.h" <"$root/include/spotify_token.h"
    put 644 "$prefix/include/spotify_token.hpp" <"$root/include/spotify_token.hpp"
    put 644 "$prefix/include/spotify_token_curl.h" <"$root/include/spotify_token_curl.h"
    put 644 "$prefix/include/spotify_token_curl.hpp" <"$root/include/spotify_token_curl.hpp"
    stripped "$strip_debug" 644 "$build/static/$release/libspotify_token.a" "$lib/libspotify_token.a"
    stripped "$strip_symbols" 755 "$build/shared/$release/$built" "$prefix/$shared"
    to=$shared
    for name in $found_by; do
        case $name in
        *.dll.a) put 644 "$prefix/$name" <"$build/shared/$release/libspotify_token.dll.a" ;;
        # For Visual Studio, whose lib makes an import library of it.
        *.def) { echo "LIBRARY spotify_token.dll"; echo EXPORTS; sed -n 's/^    \(spotify_[a-z_]*\);$/\1/p' "$root/abi/spotify_token.map"; } | put 644 "$prefix/$name" ;;
        *) ln -sf "${to##*/}" "$prefix/$name" ;;
        esac
        to=$name
    done
    fill spotify_token.pc | put 644 "$lib/pkgconfig/spotify_token.pc"
    fill spotify_token-config.cmake | put 644 "$cmake/spotify_token-config.cmake"
    fill spotify_token-config-version.cmake | put 644 "$cmake/spotify_token-config-version.cmake"
    fill spotify_token.3 | put 644 "$prefix/share/man/man3/spotify_token.3"
    generated "$prefix/share/man/man1/spotify-token.1" man
    generated "$prefix/share/bash-completion/completions/spotify-token" completions bash
    generated "$prefix/share/zsh/site-functions/_spotify-token" completions zsh
    generated "$prefix/share/fish/vendor_completions.d/spotify-token.fish" completions fish
    ;;
uninstall)
    for name in "bin/$program" "$shared" $found_by; do
        rm -f "$prefix/$name"
    done
    rm -f "$prefix/include/spotify_token.h" "$prefix/include/spotify_token.hpp" \
        "$prefix/include/spotify_token_curl.h" "$prefix/include/spotify_token_curl.hpp" \
        "$lib/libspotify_token.a" "$lib/pkgconfig/spotify_token.pc" \
        "$cmake/spotify_token-config.cmake" "$cmake/spotify_token-config-version.cmake" \
        "$prefix/share/man/man3/spotify_token.3" "$prefix/share/man/man1/spotify-token.1" \
        "$prefix/share/bash-completion/completions/spotify-token" \
        "$prefix/share/zsh/site-functions/_spotify-token" \
        "$prefix/share/fish/vendor_completions.d/spotify-token.fish"
    # The one directory that is ours alone; somebody may have put a file there.
    rmdir "$cmake" 2>/dev/null || :
    ;;
*)
    echo "install.sh: there is no action $action" >&2
    exit 64
    ;;
esac
