"""Ends with status 3 when a client that is closed has ended the calls of other threads and logs nothing any more."""

import sys
import threading
import time

from libspotify_token import Client, SpotifyError

messages = []
ended = []


def ask():
    try:
        client.token()
    except (SpotifyError, ValueError) as error:
        ended.append(error)


client = Client(logger=lambda _level, message: messages.append(message))
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
while not messages:
    time.sleep(0.001)
client.close()
logged = len(messages)
for thread in threads:
    thread.join()
time.sleep(0.2)
sys.exit(3 if len(ended) == 4 and len(messages) == logged else f"{ended}, {messages[logged:]}")
