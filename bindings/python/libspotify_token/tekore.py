"""Tokens for tekore: `tekore.Spotify(sender=TokenSender(client))`.

Under asyncio: `tekore.Spotify(sender=TokenSender(client, tekore.AsyncSender()))`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Coroutine

import tekore  # type: ignore[import-untyped]

from ._client import Client
from ._token import Token


class TokenSender(tekore.ExtendingSender):  # type: ignore[misc]
    """Adds a token to each request. After a 401 it sends the request once more, with a new token."""

    sender: Any  # one whose `send` returns a response, or one whose `send` is to be awaited

    def __init__(self, client: Client, sender: tekore.Sender | None = None) -> None:
        super().__init__(sender)
        self._client = client

    def __repr__(self) -> str:
        return f"TokenSender(sender={self.sender!r})"

    def send(self, request: tekore.Request) -> tekore.Response | Coroutine[Any, Any, tekore.Response]:
        if self.is_async:
            return self._send_async(request)
        token = self._client.token()
        response = self.sender.send(_with_token(request, token))
        if response.status_code == 401:
            self._client.invalidate(token)
            response = self.sender.send(_with_token(request, self._client.token()))
        return response

    async def _send_async(self, request: tekore.Request) -> tekore.Response:
        token = await self._client.token_async()
        response = await self.sender.send(_with_token(request, token))
        if response.status_code == 401:
            await asyncio.to_thread(self._client.invalidate, token)
            response = await self.sender.send(_with_token(request, await self._client.token_async()))
        return response


def _with_token(request: tekore.Request, token: Token) -> tekore.Request:
    return replace(request, headers={**(request.headers or {}), "Authorization": token.authorization})
