"""Does the same in Celery, which forks its workers from a process that has imported this module.

    celery --app tasks worker --pool prefork --concurrency 4

CELERY_FOLDER is the folder for messages and results. A real program has a broker.
"""

import os
import sys

from celery import Celery

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from artist import ARTIST, get_artist  # noqa: E402
from libspotify_token import Client  # noqa: E402

folder = os.environ["CELERY_FOLDER"]
app = Celery("tasks", broker="filesystem://", backend=f"file://{folder}")
app.conf.broker_transport_options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}

client = Client()
client.token()


@app.task
def artist():
    return os.getpid(), get_artist(client, ARTIST)["name"]


if __name__ == "__main__":
    results = [artist.delay() for _ in range(8)]
    for result in results:
        print(*result.get(timeout=30))
