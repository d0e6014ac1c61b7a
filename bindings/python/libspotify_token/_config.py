"""The options of a client or a login, as C takes them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Iterator, Mapping, Union

from ._callbacks import Callbacks
from ._errors import INVALID_ARGUMENT, SpotifyError
from ._library import lib

Option = Union[str, int, "os.PathLike[str]", None]


def c_string(value: object) -> bytes:
    """Returns the text of a value as C takes it."""
    text = str(value)
    if "\0" in text:
        raise SpotifyError(INVALID_ARGUMENT, "the text contains a NUL character. Remove it")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SpotifyError(INVALID_ARGUMENT, "the text is not UTF-8. Check the locale, and enter it again") from None


@contextmanager
def c_config(options: Mapping[str, Option], callbacks: Callbacks) -> Iterator[int]:
    """Lends a C configuration with these options; one that is None is not set."""
    config: int = lib.spotify_config_new()
    try:
        for name, value in options.items():
            if value is None:
                continue
            code = lib.spotify_config_set(config, c_string(name), c_string(value))
            if code:
                raise SpotifyError(code, lib.spotify_config_error(config).decode())
        callbacks.set_in(config)
        yield config
    finally:
        lib.spotify_config_free(config)
