"""Ends with status 3 while other threads log in and the library calls their loggers."""

import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

from libspotify_token import Login, SpotifyError


def ignore(*_):
    pass


def log_in():
    try:
        while True:
            with Login(logger=ignore, on_refresh_token=ignore) as login:
                state = parse_qs(urlsplit(login.url).query)["state"][0]
                try:
                    login.finish(f"?code=x&state={state}")
                except SpotifyError:
                    pass
    except (ValueError, RuntimeError):
        pass  # closed, or begun when Python was ending


for _ in range(8):
    threading.Thread(target=log_in, daemon=True).start()
time.sleep(0.1)
sys.exit(3)
