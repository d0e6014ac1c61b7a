#!/bin/sh
# Prints the access token and the seconds it has left.
set -eu

json=$(spotify-token json) || exit $?
printf '%s\n' "$json" | sed 's/.*"access_token":"\([^"]*\)".*"expires_in":\([0-9]*\).*/\1 \2/'
