<?php

declare(strict_types=1);

namespace SpotifyToken;

use FFI\CData;
use LogicException;
use SensitiveParameter;

/** Returns tokens from the C library. */
final class LibrarySource implements Source
{
    private ?CData $pointer = null;

    /** @param array<string, string|int|null> $options the library's, such as ['timeout_ms' => 5000]; null: not set */
    public function __construct(#[SensitiveParameter] array $options = [])
    {
        $this->pointer = Library::withConfig($options, fn (CData $config) => Library::get()->spotify_client_new($config));
    }

    /** Returns a valid token. Blocks the process while the server is asked. */
    public function token(): Token
    {
        $pointer = $this->openPointer();
        return Library::tokenOf(fn (CData $out) => Library::get()->spotify_client_token_into($pointer, $out));
    }

    /** Drops this token, which the Web API rejected, from the cache. */
    public function invalidate(Token $token): void
    {
        Library::get()->spotify_client_invalidate($this->openPointer(), $token->accessToken);
    }

    /** Frees the client, as the destructor does. Closing twice is fine. */
    public function close(): void
    {
        if ($this->pointer !== null) {
            Library::get()->spotify_client_free($this->pointer);
            $this->pointer = null;
        }
    }

    public function __destruct()
    {
        $this->close();
    }

    /** Forbids a copy, which would free the same client again. */
    private function __clone()
    {
    }

    private function openPointer(): CData
    {
        return $this->pointer ?? throw new LogicException('the client is closed');
    }
}
