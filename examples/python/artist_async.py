"""Prints the name of an artist, with asyncio. The event loop goes on while a token is fetched. Three requests share it.

    python3 artist_async.py
"""

import asyncio
import sys
import urllib.error

from artist import API, ARTIST, get
from libspotify_token import Client, SpotifyError


async def get_artist(client, artist):
    url = f"{API}/artists/{artist}"
    token = await client.token_async()
    try:
        # The standard library has no HTTP client for asyncio; with httpx or aiohttp, await theirs.
        return await asyncio.to_thread(get, url, token)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
    await asyncio.to_thread(client.invalidate, token)
    return await asyncio.to_thread(get, url, await client.token_async())


async def main():
    with Client() as client:
        artists = await asyncio.gather(*(get_artist(client, ARTIST) for _ in range(3)))
    print(artists[0]["name"])


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except SpotifyError as error:
        sys.exit(f"{error.name}: {error}")
    except OSError as error:
        sys.exit(f"the Web API: {error}")
