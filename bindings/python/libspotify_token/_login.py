"""The login of a user, and its end."""

from __future__ import annotations

import asyncio
import math
import time
from functools import partial
from typing import Any

from ._c_types import CToken
from ._callbacks import Callbacks, Logger, OnRefreshToken
from ._config import Option, c_config, c_string
from ._errors import TIMEOUT, SpotifyError
from ._handle import Handle
from ._library import lib
from ._threads import DaemonCall, wait_for
from ._token import Token, copy_and_clear

# How long a wait for the browser is in C, in seconds. So a wait that was given up leaves no thread behind.
TURN = 0.1


class Login(Handle):
    """Lets a user log in, once, in a browser. Open `url` there, then `wait`, or `finish` with what the browser shows.

    `options` are those of `Client`. Both calls may be made at the same time, in two threads: the first to succeed ends
    the other, which returns the same token. With `on_refresh_token`, that gets the refresh token, and nothing is stored.
    """

    _name = "login"
    _c_new = lib.spotify_login_new
    _c_cancel = lib.spotify_login_cancel
    _c_free = lib.spotify_login_free

    def __init__(self, *, logger: Logger = None, on_refresh_token: OnRefreshToken = None, **options: Option) -> None:
        wait_for(partial(super().__init__, options, Callbacks(logger, on_refresh_token)))
        url: bytes | None = lib.spotify_login_url(self._pointer)
        if url is None:
            self._wait_turn(0)  # raises the error
            raise AssertionError("a login without an address has an error")
        self.url = url.decode()

    def wait(self, timeout: float | None = None) -> Token:
        """Waits for the browser, stores the login and returns the token. `timeout` is in seconds; after it,
        TimeoutError is raised, and this can be called again."""
        timeout = None if timeout is None else max(0, timeout)
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = max(0.0, end - time.monotonic())
            token = wait_for(partial(self._wait_turn, min(left, TURN)))
            if token is not None:
                return token
            if timeout is not None and left <= TURN:
                within = f"{timeout:.0f} s" if timeout == int(timeout) else f"{timeout * 1000:.0f} ms"
                advice = "Wait again, or paste the address that the browser shows after the login"
                raise TimeoutError(f"the browser has not come back within {within}. {advice}")

    async def wait_async(self) -> Token:
        """Does the same while the event loop goes on. Cancelling the task ends only its wait."""
        token = None
        while token is None:
            token = await asyncio.wrap_future(DaemonCall(partial(self._wait_turn, TURN)).future)
        return token

    def finish(self, redirected_to: str) -> Token:
        """Completes the login with the address that the browser shows after it, or with its code; returns the token."""
        return wait_for(partial(self._complete, lib.spotify_login_finish_into, c_string(redirected_to)))

    def cancel(self) -> None:
        """Ends the login: calls that wait raise SpotifyError with the code CANCELLED, and so do later ones."""
        with self._lock:
            if not self._is_closed:
                self._c_cancel(self._pointer)

    def _wait_turn(self, seconds: float) -> Token | None:
        """Waits for so long; returns None when the browser has not come back."""
        try:
            return self._complete(lib.spotify_login_wait_into, math.ceil(seconds * 1000))
        except SpotifyError as error:
            if error.code != TIMEOUT:
                raise
            return None

    def _complete(self, function: Any, argument: bytes | int) -> Token:
        c_token = CToken()
        self._call(function, argument, c_token)
        return copy_and_clear(c_token)


def logout(**options: Option) -> None:
    """Forgets the stored login of the account that these options name."""
    def call() -> int:
        with c_config(options, Callbacks()) as config:
            code: int = lib.spotify_logout(config)
            return code

    code = wait_for(call)
    if code:
        raise SpotifyError(code, lib.spotify_error_description(code).decode())
