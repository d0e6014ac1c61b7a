#!/bin/sh
# Writes the package for NuGet, with the libraries of all targets: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that .NET has no name for are left out.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

# Prints where .NET looks for the library of a target.
runtime_of() {
    case $1 in
        x86_64-unknown-linux-gnu) echo linux-x64/native/libspotify_token.so ;;
        aarch64-unknown-linux-gnu) echo linux-arm64/native/libspotify_token.so ;;
        x86_64-unknown-linux-musl) echo linux-musl-x64/native/libspotify_token.so ;;
        aarch64-unknown-linux-musl) echo linux-musl-arm64/native/libspotify_token.so ;;
        x86_64-pc-windows-gnu) echo win-x64/native/spotify_token.dll ;;
        x86_64-apple-darwin) echo osx-x64/native/libspotify_token.dylib ;;
        aarch64-apple-darwin) echo osx-arm64/native/libspotify_token.dylib ;;
    esac
}

mkdir -p pack/lib/netstandard2.0 pack/_rels
assembly=pack/lib/netstandard2.0/SpotifyToken.dll
mcs -deterministic -langversion:7.1 -warnaserror -optimize -target:library -out:"$assembly" -doc:"${assembly%.dll}.xml" src/*.cs
cp SpotifyToken.dll.config "$assembly.config"
cp README.md LICENSE-* libspotify-token.nuspec pack
cp opc/content-types.xml 'pack/[Content_Types].xml'
cp opc/relationships.xml pack/_rels/.rels
set --
for prefix in "$native"/*; do
    runtime=$(runtime_of "${prefix##*/}")
    [ -n "$runtime" ] || continue
    mkdir -p "pack/runtimes/${runtime%/*}"
    cp -L "$(library_in "$prefix")" "pack/runtimes/$runtime"
    set -- "$@" "${prefix##*/}"
done
third_party_licenses "$@" >pack/THIRD-PARTY-LICENSES
cd pack
zip_into "$out/libspotify-token.$(version).nupkg"
