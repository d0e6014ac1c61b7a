"""Prints an artist's name: the token, a request to the Web API with it, and one more try when the API rejects it."""

import json
import os
import sys
import urllib.error
import urllib.request

import spotify_token

API = os.environ.get("SPOTIFY_API_URL", "https://api.spotify.com/v1")


def get(client, path):
    for last_try in (False, True):
        authorization = client.authorization()
        request = urllib.request.Request(API + path, headers={"Authorization": authorization})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 401 or last_try:
                raise
            client.invalidate(authorization)


def main():
    try:
        with spotify_token.Client() as client:
            print(get(client, "/artists/0TnOYISbd1XYRBk9myaseg")["name"])
    except spotify_token.Error as error:
        sys.exit(f"{error.name}: {error}")


if __name__ == "__main__":
    main()
