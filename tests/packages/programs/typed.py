"""Uses every public name with its types. mypy and pyright read this file; nothing runs it."""

from __future__ import annotations

from datetime import datetime

from libspotify_token import LOGIN_REQUIRED, Client, Login, SpotifyError, Token, logout


def log(level: int, message: str) -> None:
    print(level, message)


def keep(refresh_token: str) -> None:
    print(len(refresh_token))


def read(token: Token) -> tuple[str, str, str, datetime, int]:
    return token.access_token, token.authorization, token.scope, token.expires_at, token.expires_in


def use(client: Client) -> Token | None:
    try:
        client.invalidate(client.token())
        client.invalidate()
    except SpotifyError as error:
        status: int = error.http_status
        reason: str | None = error.oauth_error
        print(error.name, error.code == LOGIN_REQUIRED, status, reason, error.retry_after + 1)
    return client.cached()


async def use_async(login: Login, client: Client) -> list[Token]:
    return [await login.wait_async(), await client.token_async()]


def main() -> None:
    with Client(logger=log, on_refresh_token=keep, timeout_ms=5000, cache="file", account=None) as client:
        print(use(client))
    with Login(grant="user", logger=log, on_refresh_token=keep) as login:
        print(login.url, read(login.wait(timeout=0.5)), read(login.finish("code")))
    login.cancel()
    logout(account="default")
