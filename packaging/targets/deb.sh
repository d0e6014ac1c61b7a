#!/bin/sh
# Unpacks Debian packages into a folder. Nothing is installed, and apt's lists are a copy of its own: any user may do this.
#
#   deb.sh FOLDER ARCHITECTURE PACKAGE...
set -eu

folder=$1
architecture=$2
shift 2
if [ -e "$folder/complete" ]; then
    exit
fi
command -v apt-get >/dev/null || {
    echo "deb.sh: the packages $* are needed, and this system has no apt-get" >&2
    exit 69
}

mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
mkdir -p "$new/apt/lists/partial" "$new/apt/cache/archives/partial" "$new/debs"

apt() {
    apt-get -qq -o "Dir::State=$new/apt" -o Dir::State::status=/dev/null -o "Dir::Cache=$new/apt/cache" \
        -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "APT::Sandbox::User=$(id -un)" "$@" >&2
}
apt update
(cd "$new/debs" && apt download "$@")
for deb in "$new"/debs/*.deb; do
    dpkg-deb -x "$deb" "$new"
done
rm -rf "$new/apt" "$new/debs"

: >"$new/complete"
chmod 755 "$new"
rm -rf "$folder"
mv "$new" "$folder"
