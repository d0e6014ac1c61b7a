<?php

declare(strict_types=1);

namespace SpotifyToken;

/** Where tokens come from. */
interface Source
{
    /** Returns a valid token. Blocks the process while the server is asked. */
    public function token(): Token;

    /** Drops this token, which the Web API rejected, from the cache. */
    public function invalidate(Token $token): void;

    /** Frees what this has made. Closing twice is fine; no call may follow. */
    public function close(): void;
}
