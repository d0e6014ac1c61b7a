"""Is a WSGI program for a server that forks. The client is created, and has its token, before the workers are forked. All
workers use that token, and each refreshes it by itself when it is due.

    gunicorn --preload --workers 4 app:app
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from artist import ARTIST, get_artist  # noqa: E402
from libspotify_token import Client, SpotifyError  # noqa: E402

client = Client()
client.token()  # one request for all workers; without this line, one for each


def app(environ, start_response):
    """Responds with the worker's process ID. The path /fresh makes the worker ask the server itself."""
    try:
        if environ["PATH_INFO"] == "/fresh":
            client.invalidate()
        text = f"{os.getpid()} {get_artist(client, ARTIST)['name']}\n"
        status = "200 OK"
    except SpotifyError as error:
        text = f"{error.name}: {error}\n"
        status = "502 Bad Gateway"
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [text.encode()]
