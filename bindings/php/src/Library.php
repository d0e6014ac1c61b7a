<?php

declare(strict_types=1);

namespace SpotifyToken;

use DateTimeImmutable;
use FFI;
use RuntimeException;
use SensitiveParameter;

/** The C library: its functions, and what turns text and tokens of C into those of PHP. */
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
        $ffi = FFI::cdef(self::DECLARATIONS, getenv('SPOTIFY_TOKEN_LIBRARY') ?: Platform::library());
        [$abi, $needed, $version] = [$ffi->spotify_abi_version(), self::ABI_VERSION, $ffi->spotify_version()];
        if ($abi !== $needed || $ffi->spotify_token_size() !== FFI::sizeof($ffi->type('spotify_token'))) {
            throw new RuntimeException(
                "the library is spotify-token $version with ABI $abi; this package needs ABI $needed"
            );
        }
        return $ffi;
    }

    /** Whether this process may use FFI: by default that is so on the command line alone. */
    public static function isAllowed(): bool
    {
        $setting = (string) ini_get('ffi.enable');
        $isAllowed = $setting === 'preload' ? PHP_SAPI === 'cli' : filter_var($setting, FILTER_VALIDATE_BOOL);
        return extension_loaded('ffi') && $isAllowed;
    }

    public static function error(int $code, string $message, mixed ...$details): Error
    {
        return new Error($code, self::get()->spotify_error_name($code), $message, ...$details);
    }

    /** Returns text that C can read to its end. */
    public static function text(string $what, #[SensitiveParameter] string $text): string
    {
        if (str_contains($text, "\0")) {
            throw self::error(Error::INVALID_ARGUMENT, "$what contains a NUL character. Remove it");
        }
        return $text;
    }

    /**
     * Returns what a function makes of a configuration with these options.
     *
     * @param array<string, string|int|null> $options
     */
    public static function withConfig(#[SensitiveParameter] array $options, callable $use): mixed
    {
        $library = self::get();
        $config = $library->spotify_config_new();
        try {
            foreach ($options as $name => $value) {
                if ($value === null) {
                    continue;
                }
                $code = $library->spotify_config_set(
                    $config,
                    self::text('the name of an option', (string) $name),
                    self::text("the option $name", (string) $value),
                );
                if ($code !== 0) {
                    throw self::error($code, $library->spotify_config_error($config));
                }
            }
            return $use($config);
        } finally {
            $library->spotify_config_free($config);
        }
    }

    /** Returns the token that a function of C writes, or throws the error. Releases what the library filled. */
    public static function tokenOf(callable $function): Token
    {
        $library = self::get();
        $cToken = $library->new('spotify_token');
        $pointer = FFI::addr($cToken);
        try {
            $function($pointer);
            if ($cToken->error_code !== 0) {
                throw self::error(
                    $cToken->error_code,
                    $cToken->error_message,
                    $cToken->http_status,
                    $library->spotify_token_oauth_error($pointer),
                    $library->spotify_token_retry_after($pointer),
                );
            }
            return new Token(
                $cToken->access_token,
                $library->spotify_token_authorization($pointer),
                $cToken->scope,
                new DateTimeImmutable("@{$cToken->expires_at}"),
            );
        } finally {
            $library->spotify_token_clear($pointer);
        }
    }
}
