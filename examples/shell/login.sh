#!/bin/sh
# Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
# http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
#
#     CLIENT_ID=... sh login.sh
set -eu

scope=playlist-read-private
url=${SPOTIFY_API_URL:-https://api.spotify.com/v1}/me/playlists

# get_header: prints the header of a request. On failure, spotify-token has printed the reason.
get_header() {
    spotify-token header --user --scope "$scope"
}

status=0
header=$(get_header) || status=$?
# 77: nobody has logged in, the login has ended, or it lacks the scope.
if [ "$status" = 77 ]; then
    spotify-token login --scope "$scope" --api-url "${url%/me/playlists}" >&2
    header=$(get_header)
elif [ "$status" != 0 ]; then
    exit "$status"
fi
# printf is built into the shell, so no other process sees its arguments.
response=$(printf '%s\n' "$header" | curl --silent --show-error --fail --max-time 30 --header @- "$url")
# With jq: jq -r '.items[].name'
printf '%s\n' "$response" | grep -o '"name" *: *"[^"]*"' | sed 's/.*: *"\(.*\)"/\1/'
