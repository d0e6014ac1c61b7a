"""Calls of C that may take long, made so that neither Ctrl-C nor the end of the program waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Callable, Generic, TypeVar

T = TypeVar("T")


class DaemonCall(threading.Thread, Generic[T]):
    """Runs a function in a daemon thread, which holds back neither Ctrl-C nor the end of the program."""

    def __init__(self, function: Callable[[], T]) -> None:
        super().__init__(name="spotify-token", daemon=True)
        self.future: Future[T] = Future()
        self.future.set_running_or_notify_cancel()
        self._function = function
        self.start()

    def run(self) -> None:
        try:
            self.future.set_result(self._function())
        except BaseException as error:
            self.future.set_exception(error)


def wait_for(function: Callable[[], T]) -> T:
    """Runs a function that calls C in another thread: Python cannot handle Ctrl-C while the main thread is in C."""
    try:
        call = DaemonCall(function)
    except RuntimeError:  # no thread can be made: at a limit of the system, or in an exit handler since Python 3.12
        return function()
    while call.is_alive():
        call.join(0.5)  # Windows handles Ctrl-C only between two waits
    return call.future.result()
