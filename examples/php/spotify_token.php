<?php

declare(strict_types=1);

// A binding of spotify-token for PHP, made with its FFI: copy it into your program. It needs the installed library.
//
//     $client = new SpotifyToken\Client();
//     $header = 'Authorization: ' . $client->token()->authorization;
//
// A token that speaks for a user, who logs in once:
//
//     $login = new SpotifyToken\Login(['scope' => 'playlist-read-private']);
//     echo "Open $login->url\n";
//     $login->wait();
//     $client = new SpotifyToken\Client(['grant' => 'user']);
//
// There is no logger, and no function that keeps refresh tokens: the library calls them from threads of its own, and PHP cannot be called from there.

namespace SpotifyToken;

use DateTimeImmutable;
use FFI;
use FFI\CData;
use LogicException;
use RuntimeException;
use SensitiveParameter;

/** Says why there is no token. The code is one of SPOTIFY_ERROR_*, $name its name; the message is for a person. */
final class Error extends RuntimeException
{
    public const INVALID_ARGUMENT = 1;

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

/** Declares the C functions and loads the library. */
final class Library
{
    private const ABI_VERSION = 0;

    // PHP reads a `const char *`, be it a result or a member of a struct, as a string, which is a copy.
    // One declaration a line: in PHP, `const` applies to the first name only.
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
        typedef struct spotify_login spotify_login;
        int32_t spotify_abi_version(void);
        const char *spotify_version(void);
        size_t spotify_token_size(void);
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
        spotify_login *spotify_login_new(const spotify_config *config);
        const char *spotify_login_url(const spotify_login *login);
        int32_t spotify_login_wait_into(spotify_login *login, int64_t timeout_ms, spotify_token *out);
        int32_t spotify_login_finish_into(spotify_login *login, const char *redirected_to, spotify_token *out);
        void spotify_login_free(spotify_login *login);
        int32_t spotify_logout(const spotify_config *config);
        const char *spotify_error_description(int32_t code);
        C;

    private static ?FFI $ffi = null;

    public static function get(): FFI
    {
        return self::$ffi ??= self::load();
    }

    private static function load(): FFI
    {
        $ffi = FFI::cdef(self::DECLARATIONS, getenv('SPOTIFY_TOKEN_LIBRARY') ?: 'libspotify_token.so.0');
        [$abi, $needed, $version] = [$ffi->spotify_abi_version(), self::ABI_VERSION, $ffi->spotify_version()];
        if ($abi !== $needed || $ffi->spotify_token_size() !== FFI::sizeof($ffi->type('spotify_token'))) {
            throw new RuntimeException(
                "the library is spotify-token $version with ABI $abi; this binding needs ABI $needed"
            );
        }
        return $ffi;
    }
}

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

    /** Returns the token as a PHP object, or throws the error. Releases what the library filled. */
    public static function copyAndClear(CData $cToken): self
    {
        $library = Library::get();
        try {
            if ($cToken->error_code !== 0) {
                throw new Error(
                    $cToken->error_code,
                    $cToken->error_message,
                    $cToken->http_status,
                    $library->spotify_token_oauth_error(FFI::addr($cToken)),
                    $library->spotify_token_retry_after(FFI::addr($cToken)),
                );
            }
            return new self(
                $cToken->access_token,
                $library->spotify_token_authorization(FFI::addr($cToken)),
                $cToken->scope,
                new DateTimeImmutable("@{$cToken->expires_at}"),
            );
        } finally {
            $library->spotify_token_clear(FFI::addr($cToken));
        }
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return ['scope' => $this->scope, 'expiresAt' => $this->expiresAt];
    }
}

/** Returns text that C can read to its end. */
function cString(string $what, #[SensitiveParameter] string $text): string
{
    if (str_contains($text, "\0")) {
        throw new Error(Error::INVALID_ARGUMENT, "$what contains a NUL character. Remove it");
    }
    return $text;
}

/**
 * Returns what a function makes of a configuration with these options.
 *
 * @param array<string, string|int|null> $options
 */
function withConfig(#[SensitiveParameter] array $options, callable $use): mixed
{
    $library = Library::get();
    $config = $library->spotify_config_new();
    try {
        foreach ($options as $name => $value) {
            if ($value === null) {
                continue;
            }
            $code = $library->spotify_config_set(
                $config,
                cString('the name of an option', (string) $name),
                cString("the option $name", (string) $value),
            );
            if ($code !== 0) {
                throw new Error($code, $library->spotify_config_error($config));
            }
        }
        return $use($config);
    } finally {
        $library->spotify_config_free($config);
    }
}

/**
 * Forgets the stored login of the account that these options name.
 *
 * @param array<string, string|int|null> $options
 */
function logout(array $options = []): void
{
    $code = withConfig($options, fn (CData $config) => Library::get()->spotify_logout($config));
    if ($code !== 0) {
        throw new Error($code, Library::get()->spotify_error_description($code));
    }
}

/** Lets a user log in, once, in a browser. Open $url there, then wait(), or finish() with what the browser shows. */
final class Login
{
    public const TIMEOUT = 13;
    public const REQUIRED = 25;

    // How long a wait for the browser is in C, in milliseconds. Signal handlers of PHP run between two turns.
    private const TURN = 100;

    public readonly string $url;
    private ?CData $pointer = null;

    /** @param array<string, string|int|null> $options those of Client */
    public function __construct(array $options = [])
    {
        $library = Library::get();
        $this->pointer = withConfig($options, fn (CData $config) => $library->spotify_login_new($config));
        $url = $library->spotify_login_url($this->pointer);
        if ($url === null) {
            try {
                $this->waitTurn(0); // throws the error
            } finally {
                $this->close(); // PHP does not destruct what it could not construct
            }
        }
        $this->url = $url;
    }

    /**
     * Waits for the browser, stores the login and returns the token. After $timeout seconds an Error with the code TIMEOUT
     * is thrown, and this can be called again; null: waits as long as it takes.
     */
    public function wait(?float $timeout = null): Token
    {
        $end = microtime(true) + ($timeout ?? INF);
        do {
            $left = max(0.0, ($end - microtime(true)) * 1000);
            try {
                return $this->waitTurn((int) ceil(min($left, self::TURN)));
            } catch (Error $error) {
                if ($error->getCode() !== self::TIMEOUT) {
                    throw $error;
                }
            }
        } while ($left > self::TURN);
        $time = fmod($timeout, 1) === 0.0 ? max(0, (int) $timeout) . ' s' : max(0, (int) ($timeout * 1000)) . ' ms';
        throw new Error(self::TIMEOUT, "the browser has not come back within $time. "
            . 'Wait again, or paste the address that the browser shows after the login');
    }

    /** Completes the login with the address that the browser shows after it, or with its code; returns the token. */
    public function finish(#[SensitiveParameter] string $redirectedTo): Token
    {
        $cToken = Library::get()->new('spotify_token');
        $text = cString('the address', $redirectedTo);
        Library::get()->spotify_login_finish_into($this->openPointer(), $text, FFI::addr($cToken));
        return Token::copyAndClear($cToken);
    }

    private function waitTurn(int $milliseconds): Token
    {
        $cToken = Library::get()->new('spotify_token');
        Library::get()->spotify_login_wait_into($this->openPointer(), $milliseconds, FFI::addr($cToken));
        return Token::copyAndClear($cToken);
    }

    /** Frees the login, as the destructor does. Closing twice is fine. */
    public function close(): void
    {
        if ($this->pointer !== null) {
            Library::get()->spotify_login_free($this->pointer);
            $this->pointer = null;
        }
    }

    public function __destruct()
    {
        $this->close();
    }

    /** Forbids a copy, which would free the same login again. */
    private function __clone()
    {
    }

    private function openPointer(): CData
    {
        return $this->pointer ?? throw new LogicException('the login is closed');
    }
}

/** Returns tokens for as long as the process runs. A process needs one. */
final class Client
{
    private ?CData $pointer = null;

    /** @param array<string, string|int|null> $options the library's, such as ['timeout_ms' => 5000]; null: not set */
    public function __construct(#[SensitiveParameter] array $options = [])
    {
        $this->pointer = withConfig($options, fn (CData $config) => Library::get()->spotify_client_new($config));
    }

    /** Returns a valid token. Blocks the process while the server is asked. */
    public function token(): Token
    {
        $library = Library::get();
        $cToken = $library->new('spotify_token');
        $library->spotify_client_token_into($this->openPointer(), FFI::addr($cToken));
        return Token::copyAndClear($cToken);
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
