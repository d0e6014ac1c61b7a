<?php

declare(strict_types=1);

namespace SpotifyToken;

use FFI\CData;
use SensitiveParameter;

/**
 * Returns tokens for as long as the process runs. A process needs one. They come from the C library where FFI is allowed, otherwise
 * from the command spotify-token.
 */
final class Client implements Source
{
    private readonly Source $source;

    /** @param array<string, string|int|null> $options the library's, such as ['timeout_ms' => 5000]; null: not set */
    public function __construct(#[SensitiveParameter] array $options = [])
    {
        $this->source = Library::isAllowed() ? new LibrarySource($options) : new CommandSource($options);
    }

    public function token(): Token
    {
        return $this->source->token();
    }

    public function invalidate(Token $token): void
    {
        $this->source->invalidate($token);
    }

    public function close(): void
    {
        $this->source->close();
    }

    /**
     * Forgets the stored login of the account that these options name.
     *
     * @param array<string, string|int|null> $options
     */
    public static function logout(array $options = []): void
    {
        if (!Library::isAllowed()) {
            Command::run(['logout'], $options);
            return;
        }
        $code = Library::withConfig($options, fn (CData $config) => Library::get()->spotify_logout($config));
        if ($code !== 0) {
            throw Library::error($code, Library::get()->spotify_error_description($code));
        }
    }
}
