import logging
import sys

import requests
import sdk
from libspotify_token.requests import Auth

API = "https://api.spotify.com/v1"
logging.basicConfig(level=logging.DEBUG)


def make(client):
    session = requests.Session()
    session.auth = Auth(client)
    return session


def get(session, path, **query):
    response = session.get(f"{API}/{path}", params=query, timeout=30)
    response.raise_for_status()
    return response.json()


sdk.run(
    sys.argv[1:],
    make,
    artist=lambda session: get(session, f"artists/{sdk.ARTIST}")["name"],
    search=lambda session: get(session, "search", q="pit", type="artist")["artists"]["items"][0]["name"],
    me=lambda session: get(session, "me")["display_name"],
    playlists=lambda session: [item["name"] for item in get(session, "me/playlists")["items"]],
)
