"""What becomes of open clients and logins when Python ends, and in a child of fork()."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from typing import Protocol


class Open(Protocol):
    """A client or a login."""

    @property
    def has_callbacks(self) -> bool:
        """Whether C calls functions of Python for it."""
        ...

    def close(self) -> None:
        """Frees it."""

    def forget_calls(self) -> None:
        """Forgets the calls of other threads."""


_open: weakref.WeakSet[Open] = weakref.WeakSet()
_lock = threading.RLock()  # guards _open and the next one
_is_ending = False


def note(opened: Open) -> None:
    """Notes what is closed before Python ends if C calls functions of Python for it."""
    with _lock:
        if _is_ending and opened.has_callbacks:
            raise RuntimeError("Python is ending: C cannot call its functions any more")
        _open.add(opened)


@atexit.register
def _close_all() -> None:
    """Closes what calls functions of Python: such a call after Python has ended would abort the process."""
    global _is_ending
    with _lock:
        _is_ending = True
        noted = list(_open)
    for opened in noted:
        if opened.has_callbacks:
            opened.close()


def _forget_calls() -> None:
    """Forgets the calls of the parent's threads, which a child of fork() does not have."""
    global _lock
    _lock = threading.RLock()
    for opened in _open:
        opened.forget_calls()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_calls)
