#!/bin/sh
# Prints the access token and the number of seconds until it expires.
set -eu

json=$(spotify-token json) || exit $?
printf '%s\n' "$json" | sed 's/.*"access_token":"\([^"]*\)".*"expires_in":\([0-9]*\).*/\1 \2/'
