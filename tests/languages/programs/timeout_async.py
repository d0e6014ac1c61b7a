"""Ends with status 3 when asyncio stops waiting for a token: the call that goes on in C holds nothing back."""

import asyncio
import sys

from libspotify_token import Client


async def main():
    try:
        await asyncio.wait_for(Client().token_async(), 0.2)
    except asyncio.TimeoutError:
        return 3


sys.exit(asyncio.run(main()))
