# What the package.sh of each binding begins with. Its arguments are NATIVE and OUT.
# Sets $root, $native and $out to absolute paths, and makes the current directory a copy of the binding in which packages are made.
# The caller says set -eu, and uses the variables.
# shellcheck shell=sh disable=SC2034,SC2164

root=$(cd "$(dirname "$0")/../.." && pwd)
native=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# The same packages each time. The formats of archives begin in 1980.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}"
# With the files that the links to the licenses lead to.
cp -RL "$(dirname "$0")/." "$stage"
cd "$stage"

# Prints the path of the shared library in an installed prefix.
library_in() {
    for file in lib/libspotify_token.so.0 lib/libspotify_token.0.dylib bin/spotify_token.dll; do
        if [ -e "$1/$file" ]; then echo "$1/$file"; fi
    done
}

# Prints the path of the command in an installed prefix.
command_in() {
    for file in bin/spotify-token bin/spotify-token.exe; do
        if [ -e "$1/$file" ]; then echo "$1/$file"; fi
    done
}

# Prints the licenses of all that is compiled in for these targets, which every package with a library or a command passes on.
third_party_licenses() {
    python3 "$root/packaging/dist/dependencies.py" licenses "$@"
}

# Prints the version of the packages, which is that of the library.
version() {
    sh "$root/packaging/fact.sh" version
}

# Writes a file in the format of zip, with all that is here. The same files give the same bytes.
zip_into() {
    find . -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$1"
}

# Writes a compressed tar file with a folder that is here. The same files give the same bytes.
tar_into() {
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$2" | gzip -n >"$1"
}
