"""What a program must not do, and what then happens: an error in Python's manner, or nothing. Never a crash."""

from spotify_token import Client, Raw, SpotifyError, lib


def bad_logger(_level, _message):
    raise RuntimeError("raised by the logger")


raw = Raw()
pointer = lib.spotify_client_new(None)
lib.spotify_client_token_into(pointer, raw)
lib.spotify_token_clear(raw)
lib.spotify_token_clear(raw)
lib.spotify_client_free(pointer)
print("token cleared twice:", raw.access_token)

client = Client()
client.token()
client.close()
client.close()
print("client closed twice: nothing happens")

try:
    client.token()
except ValueError as error:
    print("used after close:", error)

try:
    Client(timeout_ms="soon")
except SpotifyError as error:
    print("bad option:", error.name)

with Client(logger=bad_logger) as client:
    client.token()
print("logger raised: the token came all the same")
