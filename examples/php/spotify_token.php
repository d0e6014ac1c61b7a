<?php

declare(strict_types=1);

// spotify-token for PHP, with its FFI: a binding to copy into a program. Needs the installed shared library.
//
//     $client = new SpotifyToken\Client();
//     $header = 'Authorization: ' . $client->token()->authorization;
//
// There is no logger: the library may call it from another thread, and PHP must not be called from there.

namespace SpotifyToken;

use DateTimeImmutable;
use FFI;
use FFI\CData;
use LogicException;
use RuntimeException;
use SensitiveParameter;

/** Why there is no token. The code is one of SPOTIFY_ERROR_*, $name its name; the message is for a person. */
final class Error extends RuntimeException
{
    public readonly string $name;

    public function __construct(
        int $code,
        string $message,
        public readonly int $httpStatus = 0,
        public readonly ?string $oauthError = null,
        public readonly int $retryAfter = 0,
    ) {
        parent::__construct($message, $code);
        $this->name = Library::get()->spotify_error_name($code);
    }
}

/** The C functions. */
final class Library
{
    // What is `const char *` here, a result or a member of a struct, is read as a PHP string, a copy.
    // One declaration a line: PHP lets `const` reach the first name only.
    private const DECLARATIONS = <<<'C'
        typedef struct spotify_token {
            const char *access_token;
            const char *token_type;
            const char *scope;
            const char *error_message;
            int64_t expires_at, expires_in;
            int32_t error_code, http_status;
            void *owner;
        } spotify_token;
        typedef struct spotify_config spotify_config;
        typedef struct spotify_client spotify_client;
        size_t spotify_token_size(void);
        const char *spotify_version(void);
        const char *spotify_error_name(int32_t code);
        void spotify_token_clear(spotify_token *token);
        const char *spotify_token_authorization(const spotify_token *token);
        const char *spotify_token_oauth_error(const spotify_token *token);
        int64_t spotify_token_retry_after(const spotify_token *token);
        spotify_config *spotify_config_new(void);
        int32_t spotify_config_set(spotify_config *config, const char *name, const char *value);
        const char *spotify_config_error(const spotify_config *config);
        void spotify_config_free(spotify_config *config);
        spotify_client *spotify_client_new(const spotify_config *config);
        int32_t spotify_client_token_into(spotify_client *client, spotify_token *out);
        void spotify_client_invalidate(spotify_client *client, const char *rejected_access_token);
        void spotify_client_free(spotify_client *client);
        C;

    private static ?FFI $ffi = null;

    public static function get(): FFI
    {
        return self::$ffi ??= self::load();
    }

    private static function load(): FFI
    {
        $ffi = FFI::cdef(self::DECLARATIONS, getenv('SPOTIFY_TOKEN_LIBRARY') ?: 'libspotify_token.so.0');
        $version = $ffi->spotify_version();
        if ($ffi->spotify_token_size() !== FFI::sizeof($ffi->type('spotify_token')) || !str_starts_with($version, '0.')) {
            throw new RuntimeException("the library is spotify-token $version; this binding is for 0.x");
        }
        return $ffi;
    }
}

/** A token. Its text is PHP's own copy, and var_dump() does not show it. */
final class Token
{
    public function __construct(
        #[SensitiveParameter] public readonly string $accessToken,
        #[SensitiveParameter] public readonly string $authorization,
        public readonly string $scope,
        public readonly DateTimeImmutable $expiresAt,
    ) {
    }

    /** Copies what the library filled, and releases it. */
    public static function take(CData $raw): self
    {
        $library = Library::get();
        try {
            if ($raw->error_code !== 0) {
                throw new Error(
                    $raw->error_code,
                    $raw->error_message,
                    $raw->http_status,
                    $library->spotify_token_oauth_error(FFI::addr($raw)),
                    $library->spotify_token_retry_after(FFI::addr($raw)),
                );
            }
            return new self(
                $raw->access_token,
                $library->spotify_token_authorization(FFI::addr($raw)),
                $raw->scope,
                new DateTimeImmutable("@{$raw->expires_at}"),
            );
        } finally {
            $library->spotify_token_clear(FFI::addr($raw));
        }
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return ['scope' => $this->scope, 'expiresAt' => $this->expiresAt];
    }
}

/** A long-lived source of tokens. Make one for each process; the options are the library's. */
final class Client
{
    private ?CData $pointer = null;

    /** @param array<string, string|int> $options */
    public function __construct(#[SensitiveParameter] array $options = [])
    {
        $library = Library::get();
        $config = $library->spotify_config_new();
        try {
            foreach ($options as $name => $value) {
                $code = $library->spotify_config_set($config, $name, (string) $value);
                if ($code !== 0) {
                    throw new Error($code, $library->spotify_config_error($config));
                }
            }
            $this->pointer = $library->spotify_client_new($config);
        } finally {
            $library->spotify_config_free($config);
        }
    }

    /** A valid token. Blocks while the server must be asked. */
    public function token(): Token
    {
        $library = Library::get();
        $raw = $library->new('spotify_token');
        $library->spotify_client_token_into($this->open(), FFI::addr($raw));
        return Token::take($raw);
    }

    /** Says that the Web API rejected this token. */
    public function invalidate(Token $token): void
    {
        Library::get()->spotify_client_invalidate($this->open(), $token->accessToken);
    }

    /** Releases the client; the destructor does so too. Closing twice is fine. */
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

    /** Two owners of one pointer would free it twice. */
    private function __clone()
    {
    }

    private function open(): CData
    {
        return $this->pointer ?? throw new LogicException('the client is closed');
    }
}
