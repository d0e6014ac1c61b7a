#!/bin/sh
# Prints the name of an artist. The token goes from spotify-token to curl through a pipe, not in a command line, because
# every user of the machine can read command lines.
#
#     CLIENT_ID=... CLIENT_SECRET=... sh artist.sh [ARTIST_ID]
set -eu

artist=${1:-0TnOYISbd1XYRBk9myaseg}
url=${SPOTIFY_API_URL:-https://api.spotify.com/v1}/artists/$artist

# get [FLAG]: sends a request to the Web API. FLAG is one of spotify-token. Prints the body, then the status on its own line.
get() {
    # On failure, spotify-token has printed the reason, and its exit status tells the kind of error.
    header=$(spotify-token header "$@") || exit $?
    # printf is built into the shell, so no other process sees its arguments.
    printf '%s\n' "$header" | curl --silent --show-error --max-time 30 --write-out '\n%{http_code}\n' --header @- "$url"
}

response=$(get) || exit $?
status=${response##*
}
if [ "$status" = 401 ]; then
    # The token was revoked before it expired: try once more, with a new one.
    response=$(get --refresh) || exit $?
    status=${response##*
}
fi
if [ "$status" != 200 ]; then
    echo "the Web API responded with status $status" >&2
    exit 1
fi
# With jq: jq -r .name
printf '%s\n' "$response" | sed -n 's/.*"name" *: *"\([^"]*\)".*/\1/p' | head -n 1
