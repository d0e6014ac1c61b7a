"""What the programs for Python's SDKs share: see tests/sdks/sdk.rs for what they are told."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from libspotify_token import Client

ARTIST = "0TnOYISbd1XYRBk9myaseg"
CALLERS = 32


def in_threads(callers, call):
    """Makes as many calls in threads that begin together, and returns the different results."""
    barrier = Barrier(callers)

    def begin():
        barrier.wait()
        return call()

    with ThreadPoolExecutor(callers) as pool:
        futures = [pool.submit(begin) for _ in range(callers)]
        return {future.result() for future in futures}


def run(arguments, make, *, artist, search, me, playlists, make_without=None, at_once=in_threads):
    """Runs what the arguments say. `make` makes the SDK's object with a client, `make_without` as people do without one."""
    mode = arguments[0]
    if mode == "app":
        spotify = make(Client())
        for again in [False, True]:
            if again:
                expire()
            print("artist:", *at_once(CALLERS, lambda: artist(spotify)), flush=True)
            print("search:", search(spotify), flush=True)
    elif mode == "user":
        spotify = make(Client(grant="user"))
        for again in [False, True]:
            if again:
                expire()
            print("me:", me(spotify), flush=True)
            print("playlists:", ", ".join(playlists(spotify)), flush=True)
    else:
        spotify = make(Client()) if mode == "with" else make_without()
        print("ready", flush=True)
        sys.stdin.readline()
        assert at_once(int(arguments[1]), lambda: artist(spotify)) == {"Pitbull"}


def run_async(arguments, make, *, artist, search, me, playlists):
    """Does the same with functions that are to be awaited."""
    loop = asyncio.new_event_loop()

    async def gather(callers, call):
        return set(await asyncio.gather(*(call() for _ in range(callers))))

    def awaited(function):
        return lambda spotify: loop.run_until_complete(function(spotify))

    run(
        arguments,
        make,
        artist=artist,
        search=awaited(search),
        me=awaited(me),
        playlists=awaited(playlists),
        at_once=lambda callers, call: loop.run_until_complete(gather(callers, call)),
    )


def expire():
    print("expire", flush=True)
    sys.stdin.readline()
