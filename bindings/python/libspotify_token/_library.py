"""Loads the C library, and refuses one that this package cannot use."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from ._c_types import SIGNATURES, CToken

ABI_VERSION = 0

if sys.platform == "win32":
    FILE_NAME = "spotify_token.dll"
elif sys.platform == "darwin":
    FILE_NAME = f"libspotify_token.{ABI_VERSION}.dylib"
else:
    FILE_NAME = f"libspotify_token.so.{ABI_VERSION}"


def _find_library() -> str:
    """Returns the file that SPOTIFY_TOKEN_LIBRARY names, or the one in this package, or a name for the system's loader."""
    named = os.environ.get("SPOTIFY_TOKEN_LIBRARY")
    if named:
        return named
    packaged = Path(__file__).with_name(FILE_NAME)
    return str(packaged) if packaged.exists() else FILE_NAME


def _load_library() -> ctypes.CDLL:
    path = _find_library()
    try:
        # Not PyDLL: that would keep the GIL during a call.
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{path} cannot be loaded: {error}. Install a wheel for this platform, or the library") from None
    try:
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise ImportError(f"{path} is not spotify-token, or an older version than this package needs: {error}") from None
    abi, version = library.spotify_abi_version(), library.spotify_version().decode()
    if abi != ABI_VERSION or library.spotify_token_size() != ctypes.sizeof(CToken):
        raise ImportError(f"{path} is spotify-token {version} with ABI {abi}; this package needs ABI {ABI_VERSION}")
    return library


lib = _load_library()
