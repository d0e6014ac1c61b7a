"""Tokens for spotipy: `spotipy.Spotify(auth_manager=manager, requests_session=manager.session())`."""

from __future__ import annotations

import requests
import spotipy  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ._client import Client
from .requests import Auth


class AuthManager:
    """Returns tokens to spotipy, as its own managers do."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get_access_token(self, as_dict: bool = True, check_cache: bool = True) -> str | dict[str, object]:
        """Returns a token: its text, or with `as_dict` what spotipy stores of one. Without `check_cache` it is a new one."""
        if not check_cache:
            self._client.invalidate()
        token = self._client.token()
        if not as_dict:
            return token.access_token
        return {
            "access_token": token.access_token,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
            "expires_at": int(token.expires_at.timestamp()),
            "scope": token.scope,
        }

    def session(self) -> requests.Session:
        """Returns a session that adds the tokens itself, and sends a request once more after a 401, with a new token.

        After other errors it tries again as often as spotipy's own sessions.
        """
        session = requests.Session()
        session.auth = Auth(self._client)
        retry = Retry(
            total=spotipy.Spotify.max_retries,
            connect=None,
            read=False,
            status_forcelist=spotipy.Spotify.default_retry_codes,
            allowed_methods=frozenset(["GET", "POST", "PUT", "DELETE"]),
            backoff_factor=0.3,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        return session
