"""spotify-token for Python, with ctypes: a binding to copy into a program. Needs the installed shared library.

    with Client() as client:
        token = client.token()
        request.add_header("Authorization", token.authorization)

ctypes gives up the GIL while a call runs, so other threads go on. (ctypes.PyDLL would keep it: do not use that.)
"""

import asyncio
import ctypes
import os
import sys
import traceback
import weakref
from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_void_p
from dataclasses import dataclass, field
from datetime import datetime, timezone

NOT_CACHED = 40


class SpotifyError(Exception):
    """Why there is no token. `code` is one of SPOTIFY_ERROR_*, `name` its name; `str()` is for a person."""

    def __init__(self, code, name, message, http_status=0, oauth_error=None, retry_after=0):
        super().__init__(message)
        self.code, self.name, self.http_status = code, name, http_status
        self.oauth_error, self.retry_after = oauth_error, retry_after


@dataclass(frozen=True)
class Token:
    """A token. Its text is Python's own copy, and `repr` does not show it."""

    access_token: str = field(repr=False)
    authorization: str = field(repr=False)
    scope: str
    expires_at: datetime
    expires_in: int


class Raw(ctypes.Structure):
    # c_char_p as a member is fine here: it is read, and the pointer stays in the struct for spotify_token_clear.
    _fields_ = [
        ("access_token", c_char_p),
        ("token_type", c_char_p),
        ("scope", c_char_p),
        ("error_message", c_char_p),
        ("expires_at", c_int64),
        ("expires_in", c_int64),
        ("error_code", c_int32),
        ("http_status", c_int32),
        ("owner", c_void_p),
    ]


LogFunction = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p)

# Without these ctypes would take every result for a C int, and cut pointers in half.
SIGNATURES = {
    "spotify_token_size": (c_size_t, []),
    "spotify_version": (c_char_p, []),
    "spotify_error_name": (c_char_p, [c_int32]),
    "spotify_token_clear": (None, [ctypes.POINTER(Raw)]),
    "spotify_token_authorization": (c_char_p, [ctypes.POINTER(Raw)]),
    "spotify_token_oauth_error": (c_char_p, [ctypes.POINTER(Raw)]),
    "spotify_token_retry_after": (c_int64, [ctypes.POINTER(Raw)]),
    "spotify_config_new": (c_void_p, []),
    "spotify_config_set": (c_int32, [c_void_p, c_char_p, c_char_p]),
    "spotify_config_set_logger": (c_int32, [c_void_p, LogFunction, c_void_p]),
    "spotify_config_error": (c_char_p, [c_void_p]),
    "spotify_config_free": (None, [c_void_p]),
    "spotify_client_new": (c_void_p, [c_void_p]),
    "spotify_client_token_into": (c_int32, [c_void_p, ctypes.POINTER(Raw)]),
    "spotify_client_cached_into": (c_int32, [c_void_p, ctypes.POINTER(Raw)]),
    "spotify_client_invalidate": (None, [c_void_p, c_char_p]),
    "spotify_client_cancel": (None, [c_void_p]),
    "spotify_client_free": (None, [c_void_p]),
}


def _load():
    path = os.environ.get("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")
    library = ctypes.CDLL(path)
    try:
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise ImportError(f"{path} is not spotify-token: {error}") from None
    version = library.spotify_version().decode()
    if library.spotify_token_size() != ctypes.sizeof(Raw) or version.split(".")[0] != "0":
        raise ImportError(f"{path} is spotify-token {version}; this binding is for 0.x")
    return library


lib = _load()

# Loggers live as long as the process: a request under way may outlive its client.
_loggers = []


def _c_logger(logger):
    def log(_user_data, level, message):
        try:
            logger(level, message.decode())
        except Exception:  # there is C behind this function: nothing may leave it
            traceback.print_exc(file=sys.stderr)

    callback = LogFunction(log)
    _loggers.append(callback)
    return callback


def _text(value):
    return None if value is None else value.decode()


def _token(raw):
    """Copies what the library filled, and releases it."""
    try:
        if raw.error_code:
            raise SpotifyError(
                raw.error_code,
                lib.spotify_error_name(raw.error_code).decode(),
                raw.error_message.decode(),
                raw.http_status,
                _text(lib.spotify_token_oauth_error(raw)),
                lib.spotify_token_retry_after(raw),
            )
        return Token(
            raw.access_token.decode(),
            lib.spotify_token_authorization(raw).decode(),
            raw.scope.decode(),
            datetime.fromtimestamp(raw.expires_at, timezone.utc),
            raw.expires_in,
        )
    finally:
        lib.spotify_token_clear(raw)


class _Handle:
    """A spotify_client. Freed when nobody refers to it any more: not before the calls that use it have returned."""

    def __init__(self, options, logger):
        config = lib.spotify_config_new()
        try:
            for name, value in options.items():
                code = lib.spotify_config_set(config, name.encode(), str(value).encode())
                if code:
                    message = lib.spotify_config_error(config).decode()
                    raise SpotifyError(code, lib.spotify_error_name(code).decode(), message)
            if logger is not None:
                lib.spotify_config_set_logger(config, _c_logger(logger), None)
            self.pointer = lib.spotify_client_new(config)
        finally:
            lib.spotify_config_free(config)
        weakref.finalize(self, lib.spotify_client_free, self.pointer)


class Client:
    """A long-lived source of tokens, for any number of threads. Make one for each program; `options` are the library's."""

    def __init__(self, *, logger=None, **options):
        self._handle = _Handle(options, logger)

    def token(self):
        """A valid token. Blocks while the server must be asked, other threads go on."""
        return self._ask(lib.spotify_client_token_into)

    def cached(self):
        """The token at hand, or None. Never blocks on the network."""
        try:
            return self._ask(lib.spotify_client_cached_into)
        except SpotifyError as error:
            if error.code == NOT_CACHED:
                return None
            raise

    async def token_async(self):
        """The same for asyncio: from memory at once, else in another thread. Cancelling the task ends only its wait."""
        return self.cached() or await asyncio.to_thread(self.token)

    def invalidate(self, token=None):
        """Says that the Web API rejected this token; None: drops whichever is cached."""
        rejected = None if token is None else token.access_token.encode()
        lib.spotify_client_invalidate(self._open().pointer, rejected)

    def close(self):
        """Ends the calls that wait now, and lets go of the client. Closing twice is fine."""
        handle, self._handle = self._handle, None
        if handle is not None:
            lib.spotify_client_cancel(handle.pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _open(self):
        handle = self._handle
        if handle is None:
            raise ValueError("the client is closed")
        return handle

    def _ask(self, function):
        handle = self._open()  # held until the call is over
        raw = Raw()
        function(handle.pointer, raw)
        return _token(raw)
