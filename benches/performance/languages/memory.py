"""Prints what a cached token costs in Python, in nanoseconds a call: with the binding, and with spotipy where it is there."""

import os
import statistics
import time

from libspotify_token import Client

ROUNDS, CALLS = 21, 2000


def spotipy_call():
    try:
        from spotipy.cache_handler import MemoryCacheHandler
        from spotipy.oauth2 import SpotifyClientCredentials
    except ImportError:
        return {}
    manager = SpotifyClientCredentials(
        os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], cache_handler=MemoryCacheHandler()
    )
    manager.OAUTH_TOKEN_URL = os.environ["SPOTIFY_TOKEN_URL"]
    return {"spotipy": lambda: manager.get_access_token(as_dict=False)}


def timed(call):
    start = time.perf_counter_ns()
    for _ in range(CALLS):
        call()
    return (time.perf_counter_ns() - start) / CALLS


def main():
    client = Client()
    calls = {"the binding": client.token, **spotipy_call()}
    for call in calls.values():
        call()
    rounds = [{name: timed(call) for name, call in calls.items()} for _ in range(ROUNDS)]
    for name in calls:
        print(name, statistics.median(one[name] for one in rounds), sep="\t")


main()
