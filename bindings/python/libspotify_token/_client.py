"""Tokens for as long as a program runs."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

from ._c_types import CToken
from ._callbacks import Callbacks, Logger, OnRefreshToken
from ._config import Option
from ._errors import NOT_CACHED, SpotifyError
from ._handle import Handle
from ._library import lib
from ._threads import DaemonCall, wait_for
from ._token import Token, copy_and_clear

# Only spotify_client_token_into refreshes a token. So in the last 300 seconds of a token, when it may be due for that,
# it is taken from there and not from spotify_client_cached_into.
REFRESH_BEFORE = 300


class Client(Handle):
    """Returns tokens for as long as the program runs, to any number of threads. A program needs one.

    `options` are the library's, such as `timeout_ms=5000`; an option that is None is not set. `logger(level, message)`
    is called from any thread, and so is `on_refresh_token(text)`, with each new refresh token of a program that keeps
    them itself.
    """

    _name = "client"
    _c_new = lib.spotify_client_new
    _c_cancel = lib.spotify_client_cancel
    _c_free = lib.spotify_client_free

    def __init__(self, *, logger: Logger = None, on_refresh_token: OnRefreshToken = None, **options: Option) -> None:
        self._request: DaemonCall[Token] | None = None
        super().__init__(options, Callbacks(logger, on_refresh_token))

    def token(self) -> Token:
        """Returns a valid token. Blocks while the server is asked; other threads go on."""
        if threading.current_thread() is not threading.main_thread():
            return self._fetch()
        return self._cached_and_not_due() or wait_for(self._fetch)

    async def token_async(self) -> Token:
        """Returns a valid token. The event loop goes on; cancelling the task ends only its wait."""
        token = self._cached_and_not_due()
        if token is None:
            # One thread for all tasks. In a child of fork() the parent's threads are not alive.
            request = self._request
            if request is None or not request.is_alive():
                request = self._request = DaemonCall(self._fetch)
            token = await asyncio.wrap_future(request.future)
        return token

    def cached(self) -> Token | None:
        """Returns the cached token, or None. Never waits for the network, and does not refresh the token."""
        c_token = CToken()
        with self._lock:
            self._check_open()
            lib.spotify_client_cached_into(self._pointer, c_token)
        try:
            return copy_and_clear(c_token)
        except SpotifyError as error:
            if error.code == NOT_CACHED:
                return None
            raise

    def invalidate(self, token: Token | None = None) -> None:
        """Drops this token, which the Web API rejected, from the cache; None: whichever is cached."""
        self._request = None  # it may have been given the rejected token already
        rejected = None if token is None else token.access_token.encode()
        wait_for(partial(self._call, lib.spotify_client_invalidate, rejected))

    def _fetch(self) -> Token:
        c_token = CToken()
        self._call(lib.spotify_client_token_into, c_token)
        return copy_and_clear(c_token)

    def _cached_and_not_due(self) -> Token | None:
        token = self.cached()
        return token if token is not None and token.expires_in > REFRESH_BEFORE else None
