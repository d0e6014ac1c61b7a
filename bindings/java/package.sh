#!/bin/sh
# Writes the jar with the libraries of all targets, those of its sources and its documentation, and its POM: package.sh NATIVE OUT
# NATIVE has an installed prefix for each target. Targets that JNA has no folder for are left out. JNA_JAR is the jar of JNA.
set -eu
# shellcheck source=bindings/stage.sh
. "$(dirname "$0")/../stage.sh"

jna=${JNA_JAR:-/usr/share/java/jna.jar}
name=libspotify-token-$(version)

# Prints where JNA looks for the library of a target. It knows no musl.
resource_of() {
    case $1 in
        x86_64-unknown-linux-gnu) echo linux-x86-64/libspotify_token.so ;;
        aarch64-unknown-linux-gnu) echo linux-aarch64/libspotify_token.so ;;
        x86_64-pc-windows-gnu) echo win32-x86-64/spotify_token.dll ;;
        x86_64-apple-darwin) echo darwin-x86-64/libspotify_token.dylib ;;
        aarch64-apple-darwin) echo darwin-aarch64/libspotify_token.dylib ;;
    esac
}

mkdir -p jar/META-INF
printf 'Manifest-Version: 1.0\nAutomatic-Module-Name: libspotifytoken\n' >jar/META-INF/MANIFEST.MF
cp LICENSE-* jar/META-INF
cp -R jar sources
cp -R src/libspotifytoken sources
javac --release 17 -Xlint:all -Werror -cp "$jna" -d jar src/libspotifytoken/*.java
javadoc -quiet -notimestamp --release 17 -Xdoclint:none -cp "$jna" -d documentation src/libspotifytoken/*.java
set --
for prefix in "$native"/*; do
    resource=$(resource_of "${prefix##*/}")
    [ -n "$resource" ] || continue
    mkdir -p "jar/${resource%/*}"
    cp -L "$(library_in "$prefix")" "jar/$resource"
    set -- "$@" "${prefix##*/}"
done
third_party_licenses "$@" >jar/META-INF/THIRD-PARTY-LICENSES
(cd jar && zip_into "$out/$name.jar")
(cd sources && zip_into "$out/$name-sources.jar")
(cd documentation && zip_into "$out/$name-javadoc.jar")
cp pom.xml "$out/$name.pom"
