#!/bin/sh
# Writes the recipe for Conan, the port for vcpkg and the formula for Homebrew, with the hashes of the archives in OUT:
# recipes.sh OUT
# RELEASE_URL is where the archives are published. By default that is a release in the repository that Cargo.toml names.
set -eu

here=$(dirname "$0")
root=$here/../..
version=$(sh "$root/packaging/fact.sh" version)
out=$1
repository=$(sh "$root/packaging/fact.sh" repository)
url=${RELEASE_URL:-${repository:+$repository/releases/download/v$version}}
if [ -z "$url" ]; then
    echo "recipes.sh: no recipes, because neither RELEASE_URL nor repository in Cargo.toml says where the archives will be" >&2
    exit
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$root/packaging/recipes/." "$stage"

# hash SUM TARGET: the hash of the archive for a target.
hash() {
    "$1" "$out/spotify-token-$version-$2.tar.xz" | cut -d ' ' -f 1
}

# fill FILE EXPRESSION...: makes FILE of FILE.in.
fill() {
    file=$1
    shift
    sed -e "s|@VERSION@|$version|" -e "s|@URL@|$url|" -e "s|@HOMEPAGE@|${repository:-$url}|" "$@" "$file.in" >"$file"
    rm "$file.in"
}

x64=x86_64-unknown-linux-gnu
arm64=aarch64-unknown-linux-gnu
fill "$stage/homebrew/spotify-token.rb" -e "s|@SHA256@|$(hash sha256sum source)|"
fill "$stage/vcpkg/vcpkg.json"
fill "$stage/vcpkg/portfile.cmake" -e "s|@X64@|$(hash sha512sum $x64)|" -e "s|@ARM64@|$(hash sha512sum $arm64)|"
cat >"$stage/conan/conandata.yml" <<END
sources:
  "$version":
    Linux-x86_64:
      url: "$url/spotify-token-$version-$x64.tar.xz"
      sha256: "$(hash sha256sum $x64)"
    Linux-armv8:
      url: "$url/spotify-token-$version-$arm64.tar.xz"
      sha256: "$(hash sha256sum $arm64)"
END

mv "$stage/homebrew/spotify-token.rb" "$out"
for manager in conan vcpkg; do
    mv "$stage/$manager" "$stage/spotify-token-$version-$manager"
    sh "$here/pack.sh" "$stage/spotify-token-$version-$manager" "$out/spotify-token-$version-$manager.tar.xz"
done
