"""The C library as ctypes has to know it: its struct, its callbacks and its functions."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_void_p
from typing import Any


class CToken(ctypes.Structure):
    """Mirrors the C struct spotify_token."""

    # A member of type c_char_p is read as a copy; the pointer stays in the struct, where spotify_token_clear finds it.
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
RefreshTokenFunction = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)

# Result and arguments of each function. Without these, ctypes would take every result for a C int and cut pointers in half.
SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "spotify_abi_version": (c_int32, []),
    "spotify_version": (c_char_p, []),
    "spotify_error_name": (c_char_p, [c_int32]),
    "spotify_error_description": (c_char_p, [c_int32]),
    "spotify_token_size": (c_size_t, []),
    "spotify_token_clear": (None, [ctypes.POINTER(CToken)]),
    "spotify_token_authorization": (c_char_p, [ctypes.POINTER(CToken)]),
    "spotify_token_oauth_error": (c_char_p, [ctypes.POINTER(CToken)]),
    "spotify_token_retry_after": (c_int64, [ctypes.POINTER(CToken)]),
    "spotify_config_new": (c_void_p, []),
    "spotify_config_set": (c_int32, [c_void_p, c_char_p, c_char_p]),
    "spotify_config_set_logger": (c_int32, [c_void_p, LogFunction, c_void_p]),
    "spotify_config_set_refresh_token_fn": (c_int32, [c_void_p, RefreshTokenFunction, c_void_p]),
    "spotify_config_error": (c_char_p, [c_void_p]),
    "spotify_config_free": (None, [c_void_p]),
    "spotify_client_new": (c_void_p, [c_void_p]),
    "spotify_client_token_into": (c_int32, [c_void_p, ctypes.POINTER(CToken)]),
    "spotify_client_cached_into": (c_int32, [c_void_p, ctypes.POINTER(CToken)]),
    "spotify_client_invalidate": (None, [c_void_p, c_char_p]),
    "spotify_client_cancel": (None, [c_void_p]),
    "spotify_client_free": (None, [c_void_p]),
    "spotify_login_new": (c_void_p, [c_void_p]),
    "spotify_login_url": (c_char_p, [c_void_p]),
    "spotify_login_wait_into": (c_int32, [c_void_p, c_int64, ctypes.POINTER(CToken)]),
    "spotify_login_finish_into": (c_int32, [c_void_p, c_char_p, ctypes.POINTER(CToken)]),
    "spotify_login_cancel": (None, [c_void_p]),
    "spotify_login_free": (None, [c_void_p]),
    "spotify_logout": (c_int32, [c_void_p]),
}
