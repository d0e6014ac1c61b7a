"""A binding of spotify-token for Python, made with ctypes: copy it into your program. It needs the installed library.

    with Client() as client:
        token = client.token()
        request.add_header("Authorization", token.authorization)

A token that speaks for a user, who logs in once:

    with Login(scope="playlist-read-private") as login:
        webbrowser.open(login.url)
        login.wait()
    client = Client(grant="user")

Each call releases the GIL, so other threads go on. (ctypes.PyDLL would keep it: do not use that.)
"""

import asyncio
import atexit
import ctypes
import os
import threading
import time
import traceback
import weakref
from concurrent.futures import Future
from ctypes import c_char_p, c_int32, c_int64, c_size_t, c_void_p
from dataclasses import dataclass, field
from datetime import datetime, timezone

ABI_VERSION = 0
TIMEOUT = 13
LOGIN_REQUIRED = 25
NOT_CACHED = 40

# Only spotify_client_token_into refreshes a token. So in the last 300 seconds of a token, when it may be due for that,
# it is taken from there and not from spotify_client_cached_into.
REFRESH_BEFORE = 300

# The latest time that datetime can hold.
LAST_SECOND = int(datetime.max.replace(microsecond=0, tzinfo=timezone.utc).timestamp())


class SpotifyError(Exception):
    """Says why there is no token: `code` is one of SPOTIFY_ERROR_*, `name` its name, `str()` a message for a person."""

    def __init__(self, code, message, http_status=0, oauth_error=None, retry_after=0):
        super().__init__(message)
        self.code, self.name = code, lib.spotify_error_name(code).decode()
        self.http_status, self.oauth_error, self.retry_after = http_status, oauth_error, retry_after


@dataclass(frozen=True)
class Token:
    """Holds a token. Its text is a copy that Python owns, and `repr` does not show it."""

    access_token: str = field(repr=False)
    authorization: str = field(repr=False)
    scope: str
    expires_at: datetime
    expires_in: int


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

# Without these, ctypes would take every result for a C int and cut pointers in half.
SIGNATURES = {
    "spotify_abi_version": (c_int32, []),
    "spotify_version": (c_char_p, []),
    "spotify_error_name": (c_char_p, [c_int32]),
    "spotify_token_size": (c_size_t, []),
    "spotify_token_clear": (None, [ctypes.POINTER(CToken)]),
    "spotify_token_authorization": (c_char_p, [ctypes.POINTER(CToken)]),
    "spotify_token_oauth_error": (c_char_p, [ctypes.POINTER(CToken)]),
    "spotify_token_retry_after": (c_int64, [ctypes.POINTER(CToken)]),
    "spotify_config_new": (c_void_p, []),
    "spotify_config_set": (c_int32, [c_void_p, c_char_p, c_char_p]),
    "spotify_config_set_logger": (c_int32, [c_void_p, LogFunction, c_void_p]),
    "spotify_config_error": (c_char_p, [c_void_p]),
    "spotify_config_free": (None, [c_void_p]),
    "spotify_client_new": (c_void_p, [c_void_p]),
    "spotify_client_token_into": (c_int32, [c_void_p, ctypes.POINTER(CToken)]),
    "spotify_client_cached_into": (c_int32, [c_void_p, ctypes.POINTER(CToken)]),
    "spotify_client_invalidate": (None, [c_void_p, c_char_p]),
    "spotify_client_cancel": (None, [c_void_p]),
    "spotify_client_free": (None, [c_void_p]),
    "spotify_config_set_refresh_token_fn": (c_int32, [c_void_p, RefreshTokenFunction, c_void_p]),
    "spotify_login_new": (c_void_p, [c_void_p]),
    "spotify_login_url": (c_char_p, [c_void_p]),
    "spotify_login_wait_into": (c_int32, [c_void_p, c_int64, ctypes.POINTER(CToken)]),
    "spotify_login_finish_into": (c_int32, [c_void_p, c_char_p, ctypes.POINTER(CToken)]),
    "spotify_login_cancel": (None, [c_void_p]),
    "spotify_login_free": (None, [c_void_p]),
    "spotify_logout": (c_int32, [c_void_p]),
    "spotify_error_description": (c_char_p, [c_int32]),
}


def _load_library():
    path = os.environ.get("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")
    library = ctypes.CDLL(path)
    try:
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise ImportError(f"{path} is not spotify-token: {error}") from None
    abi, version = library.spotify_abi_version(), library.spotify_version().decode()
    if abi != ABI_VERSION or library.spotify_token_size() != ctypes.sizeof(CToken):
        raise ImportError(f"{path} is spotify-token {version} with ABI {abi}; this binding needs ABI {ABI_VERSION}")
    return library


lib = _load_library()


def _c_string(value):
    text = str(value)
    if "\0" in text:
        raise ValueError("embedded null character")
    return text.encode()


def _copy_string(value):
    return None if value is None else value.decode()


def _copy_and_clear(c_token):
    """Returns the token as a Python object, or raises the error. Releases what the library filled."""
    try:
        if c_token.error_code:
            raise SpotifyError(
                c_token.error_code,
                c_token.error_message.decode(),
                c_token.http_status,
                _copy_string(lib.spotify_token_oauth_error(c_token)),
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


# Whether this thread is in a function that C calls.
_thread = threading.local()


def _c_function(kind, function):
    """Makes a C function of one of Python."""

    def call(_user_data, *arguments):
        _thread.is_in_callback = True
        try:
            function(*(value.decode() if isinstance(value, bytes) else value for value in arguments))
        except Exception:  # C called this function, so no exception may leave it
            traceback.print_exc()
        finally:
            _thread.is_in_callback = False

    return None if function is None else kind(call)


class _Functions:
    """The functions of Python that C calls. Whoever C calls them for has to keep this."""

    def __init__(self, logger, on_refresh_token):
        self.logger = _c_function(LogFunction, logger)
        self.on_refresh_token = _c_function(RefreshTokenFunction, on_refresh_token)

    def __bool__(self):
        return self.logger is not None or self.on_refresh_token is not None


def _with_config(options, functions, use):
    """Returns what `use` makes of a configuration with these options."""
    config = lib.spotify_config_new()
    try:
        for name, value in options.items():
            if value is None:
                continue
            code = lib.spotify_config_set(config, _c_string(name), _c_string(value))
            if code:
                raise SpotifyError(code, lib.spotify_config_error(config).decode())
        if functions.logger is not None:
            lib.spotify_config_set_logger(config, functions.logger, None)
        if functions.on_refresh_token is not None:
            lib.spotify_config_set_refresh_token_fn(config, functions.on_refresh_token, None)
        return use(config)
    finally:
        lib.spotify_config_free(config)


class _Call(threading.Thread):
    """Runs a function in a daemon thread, which holds back neither Ctrl-C nor the end of the program."""

    def __init__(self, function, *arguments):
        super().__init__(name="spotify-token", daemon=True)
        self.future = Future()
        self.future.set_running_or_notify_cancel()
        self._work = function, arguments
        self.start()

    def run(self):
        function, arguments = self._work
        try:
            self.future.set_result(function(*arguments))
        except BaseException as error:
            self.future.set_exception(error)


def _wait_for(function, *arguments):
    """Runs a function that calls C in another thread: Python cannot handle Ctrl-C while the main thread is in C."""
    try:
        call = _Call(function, *arguments)
    except RuntimeError:  # no thread can be made: at a limit of the system, or in an exit handler since Python 3.12
        return function(*arguments)
    while call.is_alive():
        call.join(0.5)  # Windows handles Ctrl-C only between two waits
    return call.future.result()


class Client:
    """Returns tokens for as long as the program runs, to any number of threads. A program needs one.

    `options` are the library's, such as `timeout_ms=5000`; an option that is None is not set. `logger(level, message)`
    is called from any thread, and so is `on_refresh_token(text)`, with each new refresh token of a program that keeps
    them itself.
    """

    _pointer = None

    def __init__(self, *, logger=None, on_refresh_token=None, **options):
        self._lock = threading.RLock()  # guards the next three
        self._calls = 0
        self._is_closed = False
        # ctypes reads it when C is called: after a signal handler that closed the client, C gets NULL.
        self._pointer = c_void_p()
        # C calls these until spotify_client_free has returned. Python must keep them that long.
        self._functions = _Functions(logger, on_refresh_token)
        self._request = None
        _note(self)
        self._pointer.value = _with_config(options, self._functions, lib.spotify_client_new)

    def token(self):
        """Returns a valid token. Blocks while the server is asked; other threads go on."""
        if threading.current_thread() is not threading.main_thread():
            return self._fetch()
        return self._cached_and_not_due() or _wait_for(self._fetch)

    async def token_async(self):
        """Returns a valid token. The event loop goes on; cancelling the task ends only its wait."""
        token = self._cached_and_not_due()
        if token is None:
            # One thread for all tasks. In a child of fork() the parent's threads are not alive.
            request = self._request
            if request is None or not request.is_alive():
                request = self._request = _Call(self._fetch)
            token = await asyncio.wrap_future(request.future)
        return token

    def cached(self):
        """Returns the cached token, or None. Never waits for the network, and does not refresh the token."""
        c_token = CToken()
        with self._lock:
            self._check_open()
            lib.spotify_client_cached_into(self._pointer, c_token)
        try:
            return _copy_and_clear(c_token)
        except SpotifyError as error:
            if error.code == NOT_CACHED:
                return None
            raise

    def invalidate(self, token=None):
        """Drops this token, which the Web API rejected, from the cache; None: whichever is cached."""
        self._request = None  # it may have been given the rejected token already
        rejected = None if token is None else token.access_token.encode()
        _wait_for(self._call, lib.spotify_client_invalidate, rejected)

    def close(self):
        """Cancels the calls that wait, and frees the client when they have returned. Closing twice is fine."""
        if getattr(_thread, "is_in_callback", False):
            raise RuntimeError("a logger cannot close a client")
        while True:
            with self._lock:
                self._is_closed = True
                if self._calls == 0:
                    pointer, self._pointer.value = self._pointer.value, None
                    break
                lib.spotify_client_cancel(self._pointer)
            time.sleep(0.001)
        lib.spotify_client_free(pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        lib.spotify_client_free(self._pointer)

    def _check_open(self):
        if self._is_closed:
            raise ValueError("the client is closed")

    def _call(self, function, argument):
        """Calls C, for as long as that takes, and counts the call meanwhile."""
        with self._lock:
            self._check_open()
            self._calls += 1
        try:
            function(self._pointer, argument)
        finally:
            with self._lock:
                self._calls -= 1

    def _fetch(self):
        c_token = CToken()
        self._call(lib.spotify_client_token_into, c_token)
        return _copy_and_clear(c_token)

    def _cached_and_not_due(self):
        token = self.cached()
        return token if token is not None and token.expires_in > REFRESH_BEFORE else None


class Login:
    """Lets a user log in, once, in a browser. Open `url` there, then `wait`, or `finish` with what the browser shows.

    `options` are those of `Client`. Both calls may be made at the same time, in two threads: the first to succeed ends
    the other, which returns the same token. With `on_refresh_token`, that gets the refresh token, and nothing is stored.
    """

    _pointer = None

    def __init__(self, *, logger=None, on_refresh_token=None, **options):
        self._lock = threading.RLock()  # guards the next two
        self._calls = 0
        self._is_closed = False
        self._functions = _Functions(logger, on_refresh_token)
        self._pointer = c_void_p()
        _note(self)
        self._pointer.value = _with_config(options, self._functions, lib.spotify_login_new)
        url = lib.spotify_login_url(self._pointer)
        if url is None:
            self._run(lib.spotify_login_wait_into, 0)  # raises the error
        self.url = url.decode()

    def wait(self, timeout=None):
        """Waits for the browser, stores the login and returns the token. `timeout` is in seconds; after it,
        TimeoutError is raised, and this can be called again."""
        milliseconds = -1 if timeout is None else int(timeout * 1000)
        try:
            return _wait_for(self._run, lib.spotify_login_wait_into, milliseconds)
        except SpotifyError as error:
            if error.code == TIMEOUT and timeout is not None:
                raise TimeoutError(str(error)) from None
            raise

    async def wait_async(self):
        """Does the same while the event loop goes on. Cancelling the task ends only its wait."""
        return await asyncio.wrap_future(_Call(self._run, lib.spotify_login_wait_into, -1).future)

    def finish(self, redirected_to):
        """Completes the login with the address that the browser shows after it, or with its code; returns the token."""
        return _wait_for(self._run, lib.spotify_login_finish_into, _c_string(redirected_to))

    def close(self):
        """Ends the login, and frees it when the calls that wait have returned. Closing twice is fine."""
        if getattr(_thread, "is_in_callback", False):
            raise RuntimeError("a logger cannot close a login")
        while True:
            with self._lock:
                self._is_closed = True
                if self._calls == 0:
                    pointer, self._pointer.value = self._pointer.value, None
                    break
                lib.spotify_login_cancel(self._pointer)
            time.sleep(0.001)
        lib.spotify_login_free(pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        lib.spotify_login_free(self._pointer)

    def _run(self, function, argument):
        c_token = CToken()
        with self._lock:
            if self._is_closed:
                raise ValueError("the login is closed")
            self._calls += 1
        try:
            function(self._pointer, argument, c_token)
        finally:
            with self._lock:
                self._calls -= 1
        return _copy_and_clear(c_token)


def logout(**options):
    """Forgets the stored login of the account that these options name."""
    code = _with_config(options, _Functions(None, None), lib.spotify_logout)
    if code:
        raise SpotifyError(code, lib.spotify_error_description(code).decode())


_open = weakref.WeakSet()  # clients and logins
_open_lock = threading.RLock()  # guards _open and the next one
_is_ending = False


def _note(opened):
    """Notes a client or a login, which is closed before Python ends if C calls functions of Python for it."""
    with _open_lock:
        if _is_ending and opened._functions:
            raise RuntimeError("Python is ending: C cannot call its functions any more")
        _open.add(opened)


@atexit.register
def _close_all():
    """Closes what calls functions of Python: such a call after Python has ended would abort the process."""
    global _is_ending
    with _open_lock:
        _is_ending = True
        noted = list(_open)
    for opened in noted:
        if opened._functions:
            opened.close()


def _forget_calls():
    """Forgets the calls of the parent's threads, which a child of fork() does not have."""
    global _open_lock
    _open_lock = threading.RLock()
    for opened in _open:
        opened._lock = threading.RLock()
        opened._calls = 0


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_calls)
