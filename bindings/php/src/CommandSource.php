<?php

declare(strict_types=1);

namespace SpotifyToken;

use DateTimeImmutable;
use LogicException;
use SensitiveParameter;

/** Returns tokens from the command spotify-token, which keeps them in a file for all processes of this user. */
final class CommandSource implements Source
{
    // A token is taken from memory until so many seconds before its end. The command then decides whether to refresh it.
    private const MARGIN = 300;

    private ?Token $cached = null;
    private bool $isRejected = false;
    private bool $isClosed = false;

    /** @param array<string, string|int|null> $options */
    public function __construct(#[SensitiveParameter] private readonly array $options)
    {
    }

    public function token(): Token
    {
        if ($this->isClosed) {
            throw new LogicException('the client is closed');
        }
        if ($this->cached === null || $this->cached->expiresAt->getTimestamp() - time() <= self::MARGIN) {
            $this->cached = $this->ask();
        }
        return $this->cached;
    }

    public function invalidate(Token $token): void
    {
        if ($this->cached === null || $this->cached->accessToken === $token->accessToken) {
            [$this->cached, $this->isRejected] = [null, true];
        }
    }

    public function close(): void
    {
        [$this->cached, $this->isClosed] = [null, true];
    }

    private function ask(): Token
    {
        $refresh = $this->isRejected ? ['--refresh'] : [];
        $output = Command::run(['json', '--no-input', ...$refresh], $this->options);
        $this->isRejected = false;
        $fields = json_decode($output, true, flags: JSON_THROW_ON_ERROR);
        return new Token(
            $fields['access_token'],
            "{$fields['token_type']} {$fields['access_token']}",
            $fields['scope'],
            new DateTimeImmutable('@' . $fields['expires_at']),
        );
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return ['cached' => $this->cached];
    }
}
