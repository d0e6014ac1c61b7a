"""Ends with status 3 when a client with a logger, made before a fork() and in use meanwhile, works in the child."""

import os
import sys
import threading
import time

from libspotify_token import Client, SpotifyError


def use():
    try:
        while True:
            client.invalidate()
            client.token()
    except (SpotifyError, ValueError):
        pass  # cancelled, or closed


messages = []
client = Client(logger=lambda _level, message: messages.append(message))
for _ in range(4):
    threading.Thread(target=use, daemon=True).start()
time.sleep(0.05)
child = os.fork()
if child == 0:
    messages.clear()
    client.invalidate()
    client.token()
    sys.exit(3 if messages else "nothing was logged")
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
