"""Ends with status 3 while other threads use a client and the library calls its logger."""

import atexit
import sys
import threading
import time

# Exit handlers run in reverse order, so this one keeps the interpreter going after the binding's own.
atexit.register(time.sleep, 0.3)

from libspotify_token import Client, SpotifyError  # noqa: E402


def use(client):
    try:
        while True:
            client.invalidate()
            client.token()
    except (SpotifyError, ValueError):
        pass  # cancelled, or closed


silent = Client()
talking = Client(logger=lambda level, message: None)
for client in [silent, talking] * 4:
    threading.Thread(target=use, args=(client,), daemon=True).start()
time.sleep(0.1)
sys.exit(3)
