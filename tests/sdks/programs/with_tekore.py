import logging
import os
import sys

import sdk
import tekore
from libspotify_token.tekore import TokenSender

logging.basicConfig(level=logging.DEBUG)


def make_without():
    credentials = tekore.RefreshingCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    print(credentials, file=sys.stderr)
    return tekore.Spotify(credentials.request_client_token())


async def artist_async(spotify):
    return (await spotify.artist(sdk.ARTIST)).name


async def search_async(spotify):
    return (await spotify.search("pit", types=("artist",)))[0].items[0].name


async def me_async(spotify):
    return (await spotify.current_user()).display_name


async def playlists_async(spotify):
    return [playlist.name for playlist in (await spotify.followed_playlists()).items]


if sys.argv[1] == "async":
    sdk.run_async(
        sys.argv[2:],
        lambda client: tekore.Spotify(sender=TokenSender(client, tekore.AsyncSender())),
        artist=artist_async,
        search=search_async,
        me=me_async,
        playlists=playlists_async,
    )
else:
    sdk.run(
        sys.argv[1:],
        lambda client: tekore.Spotify(sender=TokenSender(client)),
        artist=lambda spotify: spotify.artist(sdk.ARTIST).name,
        search=lambda spotify: spotify.search("pit", types=("artist",))[0].items[0].name,
        me=lambda spotify: spotify.current_user().display_name,
        playlists=lambda spotify: [playlist.name for playlist in spotify.followed_playlists().items],
        make_without=make_without,
    )
