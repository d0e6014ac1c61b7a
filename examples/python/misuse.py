"""Does what a program must not do. The result is an error or nothing, and never a crash."""

from libspotify_token import Client, SpotifyError
from libspotify_token._c_types import CToken
from libspotify_token._library import lib


def bad_logger(_level, _message):
    raise RuntimeError("raised by the logger")


c_token = CToken()
pointer = lib.spotify_client_new(None)
lib.spotify_client_token_into(pointer, c_token)
lib.spotify_token_clear(c_token)
lib.spotify_token_clear(c_token)
lib.spotify_client_free(pointer)
print("token cleared twice:", c_token.access_token)

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
