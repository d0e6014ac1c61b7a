<?php

declare(strict_types=1);

namespace SpotifyToken;

use DateTimeImmutable;
use SensitiveParameter;

/** Holds a token. Its text is a copy that PHP owns, and var_dump() does not show it. */
final class Token
{
    public function __construct(
        #[SensitiveParameter] public readonly string $accessToken,
        #[SensitiveParameter] public readonly string $authorization,
        public readonly string $scope,
        public readonly DateTimeImmutable $expiresAt,
    ) {
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return ['scope' => $this->scope, 'expiresAt' => $this->expiresAt];
    }
}
