"""A peer: one token with requests, printed. Takes TOKEN_URL, CLIENT_ID, CLIENT_SECRET and CA_FILE from the environment."""

import os

import requests

answer = requests.post(
    os.environ["TOKEN_URL"],
    data={"grant_type": "client_credentials"},
    auth=(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
    verify=os.environ["CA_FILE"],
    timeout=10,
)
answer.raise_for_status()
print(answer.json()["access_token"])
