"""Prints how each way to log in ends, as tests/languages/login_calls.rs wants it."""

import asyncio
import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
import weakref

from libspotify_token import Client, Login, SpotifyError, logout

USER = {"grant": "user", "scope": "playlist-read-private"}


def row(name, *values):
    print(f"{name}: {', '.join(map(str, values))}", flush=True)


def how(call):
    """Says how a call ends."""
    try:
        call()
        return "done"
    except SpotifyError as error:
        return " ".join(filter(None, [error.name, error.oauth_error]))
    except TimeoutError:
        return "SPOTIFY_ERROR_TIMEOUT"
    except ValueError as error:
        return "closed" if "closed" in str(error) else str(error)


def message(pattern, call):
    try:
        call()
    except Exception as error:
        return re.search(pattern, str(error)).group()


def browser(action, login):
    """Asks the test to play the browser while this program waits."""
    print(action, login.url, flush=True)


def address(login):
    """Asks the test for the address that the browser shows in the end."""
    browser("agree", login)
    return sys.stdin.readline()


def token(**options):
    """Asks a new client, which has no error in its memory."""
    with Client(**{**USER, **options}) as client:
        return client.token()


def same(one, other):
    return "same token" if one == other else "another token"


class Waiting(threading.Thread):
    """Waits for the browser in a thread of its own, which is in C when this is made."""

    def __init__(self, login):
        super().__init__()
        self._login = login
        self.start()
        time.sleep(0.05)

    def run(self):
        self.how = how(self.wait)

    def wait(self):
        self.token = self._login.wait()

    def end(self):
        self.join()
        return self.how


def given_up(wait):
    """Says what remains of a wait that an exception of a signal handler has ended."""

    def end(*_):
        raise InterruptedError

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        wait()
    except InterruptedError:
        return left_over()


async def given_up_in_asyncio(login):
    try:
        await asyncio.wait_for(login.wait_async(), 0.15)
    except asyncio.TimeoutError:
        return left_over()


def left_over():
    time.sleep(0.3)
    return "at once" if threading.active_count() == 1 else "a thread is left"


row("not logged in", how(token))
row("bad option", how(lambda: token(redirect_uri="http://localhost/callback")))
row("NUL in a name", how(lambda: token(**{"account\0": "x"})))
row("NUL in a value", how(lambda: token(account="a\0b")))
Login(**USER, account=None).close()
row("option without a value", "ignored")
nowhere = lambda: Login(**USER, logins="file:/dev/null/\u00fc")
row("cannot begin", how(nowhere), f"names {message('/dev/null/[^ :]+', nowhere)}")

login = Login(**USER)
row("time is up", f"{how(lambda: login.wait(0.25))} {message('within [0-9]+ ms', lambda: login.wait(0.25))}")
row("time was up before", how(lambda: login.wait(-1)))
row("given up", given_up(login.wait))
row("empty line", how(lambda: login.finish("\n")))
row("NUL in the address", how(lambda: login.finish("a\0b")))
row("address in another alphabet", how(lambda: login.finish("\udcfc")))
row("wrong state", how(lambda: login.finish("http://127.0.0.1/callback?code=x&state=y")))
child = os.fork()
if child == 0:
    row("in a child of fork", how(lambda: login.wait(0)))
    os._exit(0)
os.waitpid(child, 0)

browser("browse", login)
first = login.wait()
row("browser", first.scope)
if {login.wait().access_token, login.finish("x").access_token} == {first.access_token}:
    row("finished", "waits again", "pastes again")
login.close()
login.close()
login.cancel()
row("closed twice", how(login.wait), how(lambda: login.finish("x")))
row("client", same(token().access_token, first.access_token))
other = subprocess.run(["spotify-token", "token", "--user"], capture_output=True, text=True).stdout.strip()
row("other process", same(other, first.access_token))
row("lacks a scope", how(lambda: token(scope="user-library-read")))

login = Login(**USER)
waiting = Waiting(login)
pasted = login.finish(address(login))
row("pasted", pasted.scope)
waiting.end()
row("pasted while it waits", same(waiting.token.access_token, pasted.access_token))
login.close()

login = Login(**USER)
browser("decline", login)
row("declined", how(login.wait))
login.close()

login = Login(**USER)
waiting = Waiting(login)
login.cancel()
row("cancelled while it waits", waiting.end(), how(login.wait))
login.close()

login = Login(**USER)
waiting = Waiting(login)
login.close()
end = waiting.end()
row("closed while it waits", "ended" if end in ("closed", "SPOTIFY_ERROR_CANCELLED") else end)

row("logout", how(lambda: logout(**USER)), how(lambda: logout(**USER)), how(token))


def keep():
    kept = []

    def keeper(refresh_token):
        kept.append(refresh_token)
        sys.exit("from the keeper")

    with Login(**USER, on_refresh_token=keeper) as login:
        login.finish(address(login))
    row("kept", len(kept), how(token))
    token(refresh_token=kept[0], on_refresh_token=keeper)
    row("rotated", len(kept), "another" if kept[0] != kept[1] else "the same")
    return weakref.ref(keeper)


sys.stderr = open(os.devnull, "w")  # what the keeper raises is shown there
sys.unraisablehook = lambda _: None
collected = keep()
gc.collect()
row("function that kept them", "collected" if collected() is None else "kept")
with Login(**USER) as login:
    row("given up in asyncio", asyncio.run(given_up_in_asyncio(login)))
