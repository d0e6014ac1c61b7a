"""The same under asyncio: Ctrl-C cancels the main task, and nothing holds back the end."""

import asyncio
import sys

from libspotify_token import Client

try:
    asyncio.run(Client(logger=lambda level, message: None).token_async())
except KeyboardInterrupt:
    sys.exit(3)
