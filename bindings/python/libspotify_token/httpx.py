"""Tokens for httpx: `httpx.Client(auth=Auth(client))`, or `httpx.AsyncClient(auth=Auth(client))` under asyncio."""

from __future__ import annotations

import asyncio
from typing import AsyncGenerator, Generator

import httpx

from ._client import Client


class Auth(httpx.Auth):
    """Adds a token to each request. After a 401 it sends the request once more, with a new token."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._client.token()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if _can_send_again(request, response):
            self._client.invalidate(token)
            request.headers["Authorization"] = self._client.token().authorization
            yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._client.token_async()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if _can_send_again(request, response):
            await asyncio.to_thread(self._client.invalidate, token)
            request.headers["Authorization"] = (await self._client.token_async()).authorization
            yield request


def _can_send_again(request: httpx.Request, response: httpx.Response) -> bool:
    # A stream was read by the first request.
    return response.status_code == 401 and isinstance(request.stream, httpx.ByteStream)
