"""A peer: one token with spotipy, printed. Takes TOKEN_URL, CLIENT_ID and CLIENT_SECRET from the environment, and requests itself
takes REQUESTS_CA_BUNDLE."""

import os

from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials

SpotifyClientCredentials.OAUTH_TOKEN_URL = os.environ["TOKEN_URL"]
credentials = SpotifyClientCredentials(
    os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], cache_handler=MemoryCacheHandler()
)
print(credentials.get_access_token(as_dict=False))
