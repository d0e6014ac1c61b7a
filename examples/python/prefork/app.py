"""A web application whose client is made before its workers are forked:

    gunicorn --preload --workers 4 app:application

Every worker uses the client of the parent, which has asked for a token already; each renews its own from then on.
"""

import os

import spotify_token

client = spotify_token.Client()
client.authorization()


def application(environ, start_response):
    """Answers with the worker's process number; path /fresh makes the worker ask the server itself."""
    if environ["PATH_INFO"] == "/fresh":
        client.invalidate()
    start_response("200 OK", [("Content-Type", "text/plain")])
    good = client.authorization().startswith("Bearer ")
    return [f"{os.getpid()} {'token' if good else 'nothing'}\n".encode()]
