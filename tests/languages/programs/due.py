"""Ends with status 3 when a token that is due for refresh is refreshed in the background by the calls that return it."""

import asyncio
import sys
import time

from libspotify_token import Client


def is_refreshed(client, first):
    """Waits until the cache has another token, or none any more."""
    while (token := client.cached()) and token.access_token == first.access_token:
        time.sleep(0.01)
    return client.cached() is not None


with Client() as client, Client() as other:
    first, second = client.token(), asyncio.run(other.token_async())
    time.sleep(first.expires_in / 2 + 0.2)
    client.token()
    asyncio.run(other.token_async())
    sys.exit(3 if is_refreshed(client, first) and is_refreshed(other, second) else "not refreshed")
