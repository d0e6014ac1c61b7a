<?php

declare(strict_types=1);

namespace SpotifyToken;

use RuntimeException;

/** Says why there is no token. The code is one of SPOTIFY_ERROR_*, $name its name; the message is for a person. */
final class Error extends RuntimeException
{
    public const INVALID_ARGUMENT = 1;
    public const TIMEOUT = 13;
    public const LOGIN_REQUIRED = 25;

    public function __construct(
        int $code,
        public readonly string $name,
        string $message,
        public readonly int $httpStatus = 0,
        public readonly ?string $oauthError = null,
        public readonly int $retryAfter = 0,
    ) {
        parent::__construct($message, $code);
    }
}
