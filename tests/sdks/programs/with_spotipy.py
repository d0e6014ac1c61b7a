import logging
import os
import sys

import sdk
import spotipy
from libspotify_token.spotipy import AuthManager

logging.basicConfig(level=logging.DEBUG)


def make(client):
    manager = AuthManager(client)
    return spotipy.Spotify(auth_manager=manager, requests_session=manager.session())


def make_without():
    manager = spotipy.SpotifyClientCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    return spotipy.Spotify(auth_manager=manager)


sdk.run(
    sys.argv[1:],
    make,
    artist=lambda spotify: spotify.artist(sdk.ARTIST)["name"],
    search=lambda spotify: spotify.search("pit", type="artist")["artists"]["items"][0]["name"],
    me=lambda spotify: spotify.me()["display_name"],
    playlists=lambda spotify: [item["name"] for item in spotify.current_user_playlists()["items"]],
    make_without=make_without,
)
