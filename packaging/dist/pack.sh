#!/bin/sh
# Packs a folder into an archive that depends on nothing but names, contents and permissions: pack.sh FOLDER ARCHIVE
# The time of all files is the date of the release.
set -eu

date=$(sh "$(dirname "$0")/../fact.sh" date)
TZ=UTC tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w --mtime="$date" \
    --directory "$(dirname "$1")" "$(basename "$1")" | xz --threads=1 >"$2"
