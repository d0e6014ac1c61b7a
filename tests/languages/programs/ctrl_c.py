"""Ends with status 3 when Ctrl-C interrupts a call that waits for the server."""

import sys

from libspotify_token import Client

try:
    Client(logger=print).token()
except KeyboardInterrupt:
    sys.exit(3)
