#!/bin/sh
# Makes the Debian packages of an installed prefix, which is named after its target: build.sh PREFIX OUT
# Needs debhelper. For another processor, apt-get install its binutils and libc6-ARCHITECTURE-cross too.
# DEBFULLNAME and DEBEMAIL name the maintainer.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
version=$(sh "$root/packaging/fact.sh" version)
date=$(sh "$root/packaging/fact.sh" date)
abi=$(sh "$root/packaging/fact.sh" soname)
target=$(basename "$1")
prefix=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
case $target in
x86_64-unknown-linux-gnu) architecture=amd64 ;;
aarch64-unknown-linux-gnu) architecture=arm64 ;;
*)
    echo "build.sh: Debian has no architecture for $target" >&2
    exit 64
    ;;
esac
multiarch=${target%%-*}-linux-gnu
maintainer="${DEBFULLNAME:-The spotify-token authors} <${DEBEMAIL:-spotify-token@packages.invalid}>"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

source=$stage/source
usr=$source/usr
mkdir -p "$source/debian" "$usr/lib/systemd/system"
cp "$here"/* "$source/debian"
cp "$root/CHANGELOG.md" "$source"
python3 "$root/packaging/dist/dependencies.py" licenses "$target" >"$source/THIRD-PARTY-LICENSES"

# As Debian lays it out.
cp -R "$prefix/bin" "$prefix/include" "$prefix/share" "$usr"
cp -R "$prefix/lib" "$usr/lib/$multiarch"
rm -rf "$usr/lib/$multiarch/debug"
mv "$usr/share/zsh/site-functions" "$usr/share/zsh/vendor-completions"
sed -i -e 's|/\.\./\.\.$|/../../..|' -e "s|}/lib|}/lib/$multiarch|" "$usr/lib/$multiarch/pkgconfig/spotify_token.pc"
sed -i -e 's|/\.\./\.\./\.\."|/../../../.."|' -e "s|}/lib/|}/lib/$multiarch/|" \
    "$usr/lib/$multiarch/cmake/spotify_token/spotify_token-config.cmake"
for unit in "$root"/packaging/systemd/*; do
    sed 's|/usr/local/bin/|/usr/bin/|' "$unit" >"$usr/lib/systemd/system/$(basename "$unit")"
done

cd "$source"
sed "s|@MAINTAINER@|$maintainer|" "$here/control.in" >debian/control
cat >debian/changelog <<END
spotify-token ($version-0upstream1) unstable; urgency=medium

  * See changelog.gz for what has changed.

 -- $maintainer  $(date -u -R -d "$date")
END
# Each symbol with the version that brought it. GNU ld makes a symbol of the version itself, others do not.
{
    echo "libspotify_token.so.$abi libspotify-token$abi #MINVER#"
    echo "* Build-Depends-Package: libspotify-token-dev"
    awk '/ \{$/ { node = $1; since = node; sub(/.*_/, "", since); print " (optional)" node "@" node, since }
        /^ *spotify_/ { sub(/;/, ""); print " " $1 "@" node, since }' "$root/abi/spotify_token.map"
} >"debian/libspotify-token$abi.symbols"

dpkg-architecture -a "$architecture" -c debian/rules binary >"$stage/log" 2>&1 || { cat "$stage/log" >&2; exit 1; }
mv "$stage"/*.deb "$out"
