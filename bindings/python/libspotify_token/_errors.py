"""The exception for everything that the library reports."""

from __future__ import annotations

from ._library import lib

INVALID_ARGUMENT = 1
TIMEOUT = 13
LOGIN_REQUIRED = 25
NOT_CACHED = 40


class SpotifyError(Exception):
    """Says why there is no token: `code` is one of SPOTIFY_ERROR_*, `name` its name, `str()` a message for a person.

    `http_status` is 0 where no response came. `retry_after` is in seconds, and 0 where the server named no time.
    """

    def __init__(
        self, code: int, message: str, http_status: int = 0, oauth_error: str | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.name: str = lib.spotify_error_name(code).decode()
        self.http_status = http_status
        self.oauth_error = oauth_error
        self.retry_after = retry_after
