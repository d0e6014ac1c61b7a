"""Spotify Web API tokens, by way of the C library: ctypes and nothing else.

    client = Client()                     # once per program; keep it
    headers = {"Authorization": client.authorization()}

A Client may be used from any number of threads, and in processes forked after it was made. Asking blocks while the server has
to be asked, without holding the interpreter's lock; under asyncio: await asyncio.to_thread(client.authorization).
"""

import ctypes
import os

__all__ = ["Client", "Error"]


class _Token(ctypes.Structure):
    # void pointers, not c_char_p: ctypes would turn those into bytes and lose the pointer.
    _fields_ = [
        ("access_token", ctypes.c_void_p),
        ("token_type", ctypes.c_void_p),
        ("scope", ctypes.c_void_p),
        ("error_message", ctypes.c_void_p),
        ("expires_at", ctypes.c_int64),
        ("expires_in", ctypes.c_int64),
        ("error_code", ctypes.c_int32),
        ("http_status", ctypes.c_int32),
        ("owner", ctypes.c_void_p),
    ]


def _load():
    # CDLL, not PyDLL: it lets go of the interpreter's lock during a call.
    library = ctypes.CDLL(os.environ.get("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0"))
    # Without a restype ctypes cuts pointers to an int.
    signatures = {
        "spotify_token_size": (ctypes.c_size_t, []),
        "spotify_token_clear": (None, [ctypes.POINTER(_Token)]),
        "spotify_token_authorization": (ctypes.c_char_p, [ctypes.POINTER(_Token)]),
        "spotify_error_name": (ctypes.c_char_p, [ctypes.c_int32]),
        "spotify_config_new": (ctypes.c_void_p, []),
        "spotify_config_set": (ctypes.c_int32, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]),
        "spotify_config_error": (ctypes.c_char_p, [ctypes.c_void_p]),
        "spotify_config_free": (None, [ctypes.c_void_p]),
        "spotify_client_new": (ctypes.c_void_p, [ctypes.c_void_p]),
        "spotify_client_token_into": (ctypes.c_int32, [ctypes.c_void_p, ctypes.POINTER(_Token)]),
        "spotify_client_invalidate": (None, [ctypes.c_void_p, ctypes.c_char_p]),
        "spotify_client_free": (None, [ctypes.c_void_p]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.spotify_token_size() != ctypes.sizeof(_Token):
        raise ImportError("this spotify_token library has another layout than this binding")
    return library


_library = _load()


class Error(Exception):
    """Why there is no token. `code` is one of SPOTIFY_ERROR_*, `name` the constant's name."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.name = _library.spotify_error_name(code).decode()


class Client:
    """A long-lived source of tokens. Options are those of spotify_config_set: Client(timeout_ms=5000)."""

    def __init__(self, **options):
        self._handle = None
        config = _library.spotify_config_new()
        try:
            for name, value in options.items():
                code = _library.spotify_config_set(config, name.encode(), str(value).encode())
                if code:
                    raise Error(code, _library.spotify_config_error(config).decode())
            self._handle = _library.spotify_client_new(config)
        finally:
            _library.spotify_config_free(config)

    def authorization(self):
        """The value of an Authorization header: "Bearer ..."."""
        if self._handle is None:
            raise ValueError("the client is closed")
        token = _Token()
        code = _library.spotify_client_token_into(self._handle, token)
        try:
            if code:
                raise Error(code, ctypes.string_at(token.error_message).decode())
            return _library.spotify_token_authorization(token).decode()
        finally:
            _library.spotify_token_clear(token)

    def invalidate(self, authorization=None):
        """Says that the Web API rejected this value (401); None: drop whichever is cached."""
        token = None if authorization is None else authorization.removeprefix("Bearer ").encode()
        if self._handle is not None:
            _library.spotify_client_invalidate(self._handle, token)

    def close(self):
        """Releases the client. It can be closed again, and not used."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _library.spotify_client_free(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None) is not None:
            self.close()
