"""Access tokens for the Spotify Web API.

    with Client() as client:
        token = client.token()
        request.add_header("Authorization", token.authorization)

A token that speaks for a user, who logs in once:

    with Login(scope="playlist-read-private") as login:
        webbrowser.open(login.url)
        login.wait()
    client = Client(grant="user")

Each call releases the GIL, so other threads go on.
"""

from ._client import Client
from ._errors import LOGIN_REQUIRED, SpotifyError
from ._login import Login, logout
from ._token import Token

__all__ = ["LOGIN_REQUIRED", "Client", "Login", "SpotifyError", "Token", "logout"]
__version__ = "0.1.0"
