"""Tokens for requests: `requests.get(url, auth=Auth(client))`, or `session.auth = Auth(client)`."""

from __future__ import annotations

from functools import partial
from typing import Any

import requests
from requests.auth import AuthBase

from ._client import Client
from ._token import Token


class Auth(AuthBase):
    """Adds a token to each request. After a 401 it sends the request once more, with a new token."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        token = self._client.token()
        request.headers["Authorization"] = token.authorization
        request.register_hook("response", partial(self._send_again, token))  # type: ignore[no-untyped-call]
        return request

    def _send_again(self, token: Token, response: requests.Response, **options: Any) -> requests.Response:
        request = response.request
        # After a redirect to another host, requests has removed the token: that host must not get another one.
        is_ours = request.headers.get("Authorization") == token.authorization
        # A file or a generator was read by the first request.
        has_body_left = request.body is None or isinstance(request.body, (str, bytes))
        if response.status_code != 401 or not is_ours or not has_body_left:
            return response
        self._client.invalidate(token)
        response.content  # read, so that the connection can be used again
        response.close()
        second = request.copy()
        second.headers["Authorization"] = self._client.token().authorization
        retried: requests.Response = response.connection.send(second, **options)
        retried.history.append(response)
        retried.request = second
        return retried
