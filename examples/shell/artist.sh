#!/bin/sh
# Prints the name of an artist. The token goes from one program to the other through a pipe: it never is in a command
# line, where everybody on the machine could read it.
#
#     CLIENT_ID=... CLIENT_SECRET=... sh artist.sh [ARTIST_ID]
set -eu

artist=${1:-0TnOYISbd1XYRBk9myaseg}
url=${SPOTIFY_API_URL:-https://api.spotify.com/v1}/artists/$artist

# get [FLAG]: asks the Web API; FLAG is spotify-token's. Prints the body, then the status on a line of its own.
get() {
    # Without a token there is nothing to ask: spotify-token has said why, and its status tells what kind of failure it was.
    header=$(spotify-token header "$@") || exit $?
    # printf is built into the shell, so no other process sees its arguments.
    printf '%s\n' "$header" | curl --silent --show-error --max-time 30 --write-out '\n%{http_code}\n' --header @- "$url"
}

answer=$(get) || exit $?
status=${answer##*
}
if [ "$status" = 401 ]; then
    # The token was revoked before its time: one more try, with a new one.
    answer=$(get --refresh) || exit $?
    status=${answer##*
}
fi
if [ "$status" != 200 ]; then
    echo "the Web API answered $status" >&2
    exit 1
fi
# With jq at hand: jq -r .name
printf '%s\n' "$answer" | sed -n 's/.*"name" *: *"\([^"]*\)".*/\1/p' | head -n 1
