"""What a client and a login have in common: a C handle that is freed when no call uses it."""

from __future__ import annotations

import threading
import time
from ctypes import c_void_p
from typing import Any, ClassVar, Mapping, TypeVar

from ._callbacks import Callbacks, is_in_callback
from ._config import Option, c_config
from ._process import note

Self = TypeVar("Self", bound="Handle")


class Handle:
    """Owns a handle of C, and counts the calls that use it."""

    _name: ClassVar[str]
    _c_new: ClassVar[Any]
    _c_cancel: ClassVar[Any]
    _c_free: ClassVar[Any]

    _pointer = c_void_p()

    def __init__(self, options: Mapping[str, Option], callbacks: Callbacks) -> None:
        self._lock = threading.RLock()  # guards the next three
        self._calls = 0
        self._is_closed = False
        # ctypes reads it when C is called: after a signal handler that closed this, C gets NULL.
        self._pointer = c_void_p()
        # C calls these until it has freed the handle. Python must keep them that long.
        self._callbacks = callbacks
        note(self)
        with c_config(options, callbacks) as config:
            self._pointer.value = self._c_new(config)

    @property
    def has_callbacks(self) -> bool:
        return bool(self._callbacks)

    def forget_calls(self) -> None:
        self._lock = threading.RLock()
        self._calls = 0

    def close(self) -> None:
        """Cancels the calls that wait, and frees this when they have returned. Closing twice is fine."""
        if is_in_callback():
            raise RuntimeError(f"a logger cannot close a {self._name}")
        while True:
            with self._lock:
                self._is_closed = True
                if self._calls == 0:
                    pointer, self._pointer.value = self._pointer.value, None
                    break
                self._c_cancel(self._pointer)
            time.sleep(0.001)
        self._c_free(pointer)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self._c_free(self._pointer)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ValueError(f"the {self._name} is closed")

    def _call(self, function: Any, *arguments: Any) -> None:
        """Calls C, for as long as that takes, and counts the call meanwhile."""
        with self._lock:
            self._check_open()
            self._calls += 1
        try:
            function(self._pointer, *arguments)
        finally:
            with self._lock:
                self._calls -= 1
