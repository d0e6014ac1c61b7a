<?php

declare(strict_types=1);

namespace SpotifyToken;

use SpotifyWebAPI\Session;

/**
 * Tokens for jwilsson/spotify-web-api-php: new SpotifyWebAPI(['auto_refresh' => true], new SpotifyWebApiSession(new Client())).
 *
 * With auto_refresh, a request whose token the Web API calls expired is sent once more, with a new one.
 */
final class SpotifyWebApiSession extends Session
{
    private ?Token $token = null;

    public function __construct(private readonly Source $source)
    {
        parent::__construct('');
    }

    /** Returns a valid token, from memory as long as there is one. */
    public function getAccessToken(): string
    {
        $this->token = $this->source->token();
        return $this->token->accessToken;
    }

    /** Returns when the token of the last request expires, in seconds since 1970; 0: there was none. */
    public function getTokenExpiration(): int
    {
        return $this->token?->expiresAt->getTimestamp() ?? 0;
    }

    /** Drops the token of the last request, which the Web API rejected. The next one gets a new token. */
    public function refreshAccessToken(?string $refreshToken = null): bool
    {
        if ($this->token !== null) {
            $this->source->invalidate($this->token);
        }
        return true;
    }
}
