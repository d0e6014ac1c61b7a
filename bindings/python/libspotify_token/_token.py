"""A token as Python has it, made from the struct that C fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from ._c_types import CToken
from ._errors import SpotifyError
from ._library import lib

# The latest time that datetime can hold.
LAST_SECOND = int(datetime.max.replace(microsecond=0, tzinfo=timezone.utc).timestamp())


@dataclass(frozen=True)
class Token:
    """Holds a token. Its text is a copy that Python owns, and `repr` does not show it.

    `authorization` is the value of the header. `expires_in` is in seconds, from when this token was returned.
    """

    access_token: str = field(repr=False)
    authorization: str = field(repr=False)
    scope: str
    expires_at: datetime
    expires_in: int


def copy_and_clear(c_token: CToken) -> Token:
    """Returns the token as a Python object, or raises the error. Releases what the library filled."""
    try:
        if c_token.error_code:
            oauth_error = lib.spotify_token_oauth_error(c_token)
            raise SpotifyError(
                c_token.error_code,
                c_token.error_message.decode(),
                c_token.http_status,
                None if oauth_error is None else oauth_error.decode(),
                lib.spotify_token_retry_after(c_token),
            )
        return Token(
            c_token.access_token.decode(),
            lib.spotify_token_authorization(c_token).decode(),
            c_token.scope.decode(),
            datetime.fromtimestamp(min(c_token.expires_at, LAST_SECOND), timezone.utc),
            c_token.expires_in,
        )
    finally:
        lib.spotify_token_clear(c_token)
