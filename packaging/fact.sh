#!/bin/sh
# Prints a value of Cargo.toml: version, date, soname, since, repository. Nothing if there is none: fact.sh NAME
set -eu

sed -n "s/^$1 = \"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$(dirname "$0")/../Cargo.toml" | head -n 1
