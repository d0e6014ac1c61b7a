import logging
import sys

import httpx
import sdk
from libspotify_token.httpx import Auth

OPTIONS = {"base_url": "https://api.spotify.com/v1", "timeout": 30}
logging.basicConfig(level=logging.DEBUG)


def get(client, path, **query):
    return client.get(path, params=query).raise_for_status().json()


async def get_async(client, path, **query):
    return (await client.get(path, params=query)).raise_for_status().json()


async def artist_async(client):
    return (await get_async(client, f"artists/{sdk.ARTIST}"))["name"]


async def search_async(client):
    return (await get_async(client, "search", q="pit", type="artist"))["artists"]["items"][0]["name"]


async def me_async(client):
    return (await get_async(client, "me"))["display_name"]


async def playlists_async(client):
    return [item["name"] for item in (await get_async(client, "me/playlists"))["items"]]


if sys.argv[1] == "async":
    sdk.run_async(
        sys.argv[2:],
        lambda client: httpx.AsyncClient(auth=Auth(client), **OPTIONS),
        artist=artist_async,
        search=search_async,
        me=me_async,
        playlists=playlists_async,
    )
else:
    sdk.run(
        sys.argv[1:],
        lambda client: httpx.Client(auth=Auth(client), **OPTIONS),
        artist=lambda client: get(client, f"artists/{sdk.ARTIST}")["name"],
        search=lambda client: get(client, "search", q="pit", type="artist")["artists"]["items"][0]["name"],
        me=lambda client: get(client, "me")["display_name"],
        playlists=lambda client: [item["name"] for item in get(client, "me/playlists")["items"]],
    )
