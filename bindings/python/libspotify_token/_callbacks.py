"""Functions of Python that C calls."""

from __future__ import annotations

import threading
import traceback
from typing import Any, Callable, Optional

from ._c_types import LogFunction, RefreshTokenFunction
from ._library import lib

Logger = Optional[Callable[[int, str], object]]
OnRefreshToken = Optional[Callable[[str], object]]

_thread = threading.local()


def is_in_callback() -> bool:
    """Tells whether this thread is in a function that C calls."""
    return getattr(_thread, "is_in_callback", False)


def _c_function(kind: Any, function: Callable[..., object] | None) -> Any:
    """Makes a C function of one of Python, or None of None."""
    if function is None:
        return None

    def call(_user_data: int | None, *arguments: Any) -> None:
        _thread.is_in_callback = True
        try:
            function(*(value.decode() if isinstance(value, bytes) else value for value in arguments))
        except Exception:  # C called this function, so no exception may leave it
            traceback.print_exc()
        finally:
            _thread.is_in_callback = False

    return kind(call)


class Callbacks:
    """The functions of Python that C calls for a client or a login, which has to keep this until C has freed it."""

    def __init__(self, logger: Logger = None, on_refresh_token: OnRefreshToken = None) -> None:
        self._logger = _c_function(LogFunction, logger)
        self._on_refresh_token = _c_function(RefreshTokenFunction, on_refresh_token)

    def __bool__(self) -> bool:
        return self._logger is not None or self._on_refresh_token is not None

    def set_in(self, config: int) -> None:
        """Passes them to C."""
        if self._logger is not None:
            lib.spotify_config_set_logger(config, self._logger, None)
        if self._on_refresh_token is not None:
            lib.spotify_config_set_refresh_token_fn(config, self._on_refresh_token, None)
