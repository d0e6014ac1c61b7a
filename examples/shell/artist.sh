#!/bin/sh
# Prints what Spotify knows of an artist. The token goes from one program to the other through a pipe: it never is in a
# command line, where everybody on the machine could read it.
#
#     CLIENT_ID=... CLIENT_SECRET=... sh artist.sh [ARTIST_ID]
set -eu

artist=${1:-0TnOYISbd1XYRBk9myaseg}
api=${SPOTIFY_API_URL:-https://api.spotify.com/v1}

# Without a token there is nothing to ask: spotify-token has said why, and its status tells what kind of failure it was.
header=$(spotify-token header) || exit $?

# printf is built into the shell, so no other process sees its arguments.
printf '%s\n' "$header" | curl --silent --show-error --fail --header @- "$api/artists/$artist"
