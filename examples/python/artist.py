"""Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.

    python3 artist.py
"""

import json
import os
import sys
import urllib.error
import urllib.request

API = os.environ.get("SPOTIFY_API_URL", "https://api.spotify.com/v1")
ARTIST = "0TnOYISbd1XYRBk9myaseg"


def get(url, token):
    request = urllib.request.Request(url, headers={"Authorization": token.authorization})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def get_artist(client, artist):
    url = f"{API}/artists/{artist}"
    token = client.token()
    try:
        return get(url, token)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
    # The token was revoked before it expired: try once more with a new one.
    client.invalidate(token)
    return get(url, client.token())


def main():
    try:
        from libspotify_token import Client, SpotifyError
    except (ImportError, OSError) as error:
        sys.exit(f"no library: {error}")
    try:
        with Client() as client:
            print(get_artist(client, ARTIST)["name"])
    except SpotifyError as error:
        sys.exit(f"{error.name}: {error}")
    except OSError as error:
        sys.exit(f"the Web API: {error}")


if __name__ == "__main__":
    main()
