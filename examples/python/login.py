"""Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect
URI is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.

    python3 login.py
"""

import json
import os
import sys
import threading
import urllib.request

API = os.environ.get("SPOTIFY_API_URL", "https://api.spotify.com/v1")
OPTIONS = {"grant": "user", "scope": "playlist-read-private"}


def get_playlists(token):
    request = urllib.request.Request(f"{API}/me/playlists", headers={"Authorization": token.authorization})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["items"]


def take_pasted(login):
    from libspotify_token import SpotifyError

    for line in sys.stdin:
        try:
            login.finish(line)
            return
        except ValueError:  # the login has ended
            return
        except SpotifyError as error:
            print(error, file=sys.stderr)


def log_in():
    from libspotify_token import Login

    with Login(**OPTIONS) as login:
        print(f"Open this address in a browser, and agree:\n{login.url}", file=sys.stderr, flush=True)
        threading.Thread(target=take_pasted, args=[login], daemon=True).start()
        return login.wait()


def get_token(client):
    from libspotify_token import LOGIN_REQUIRED, SpotifyError

    try:
        return client.token()
    except SpotifyError as error:
        if error.code != LOGIN_REQUIRED:
            raise
    log_in()
    return client.token()


def main():
    try:
        from libspotify_token import Client, SpotifyError
    except (ImportError, OSError) as error:
        sys.exit(f"no library: {error}")
    try:
        with Client(**OPTIONS) as client:
            for playlist in get_playlists(get_token(client)):
                print(playlist["name"])
    except SpotifyError as error:
        sys.exit(f"{error.name}: {error}")
    except OSError as error:
        sys.exit(f"the Web API: {error}")


if __name__ == "__main__":
    main()
