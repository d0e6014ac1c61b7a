<?php

declare(strict_types=1);

namespace SpotifyToken;

use RuntimeException;
use SensitiveParameter;

/** Runs the command spotify-token. */
final class Command
{
    // These reach the command in its environment: other users can see its arguments, and these may hold secrets. The client id has
    // to come from where the secret comes from.
    private const VARIABLES = ['cache', 'client_id', 'client_secret', 'logins', 'proxy', 'refresh_token'];

    // The exit status says less than a code: it stands for several. These are the ones to expect.
    private const ERRORS = [
        64 => [1, 'SPOTIFY_ERROR_INVALID_ARGUMENT'],
        65 => [21, 'SPOTIFY_ERROR_OAUTH'],
        66 => [4, 'SPOTIFY_ERROR_FILE'],
        69 => [11, 'SPOTIFY_ERROR_CONNECT'],
        75 => [15, 'SPOTIFY_ERROR_NETWORK'],
        76 => [30, 'SPOTIFY_ERROR_BAD_RESPONSE'],
        77 => [20, 'SPOTIFY_ERROR_INVALID_CLIENT'],
        78 => [2, 'SPOTIFY_ERROR_MISSING_CREDENTIALS'],
        130 => [16, 'SPOTIFY_ERROR_CANCELLED'],
    ];

    /**
     * Returns what the command prints.
     *
     * @param list<string> $arguments
     * @param array<string, string|int|null> $options those of the library
     */
    public static function run(array $arguments, #[SensitiveParameter] array $options): string
    {
        $environment = getenv();
        foreach (array_filter($options, fn ($value) => $value !== null) as $name => $value) {
            if (in_array($name, self::VARIABLES, true)) {
                $environment['SPOTIFY_' . strtoupper($name)] = (string) $value;
            } else {
                $arguments[] = '--' . strtr((string) $name, '_', '-') . "=$value";
            }
        }
        $streams = [['null'], ['pipe', 'w'], ['pipe', 'w']];
        $process = @proc_open([Platform::command(), ...$arguments], $streams, $pipes, null, $environment);
        if ($process === false) {
            throw new RuntimeException('FFI is not allowed here, and the command spotify-token cannot be run');
        }
        [$output, $message] = [stream_get_contents($pipes[1]), stream_get_contents($pipes[2])];
        $status = proc_close($process);
        if ($status !== 0) {
            throw self::error($status, $message, $options);
        }
        return $output;
    }

    /** @param array<string, string|int|null> $options */
    private static function error(int $status, string $message, #[SensitiveParameter] array $options): Error
    {
        [$code, $name] = self::ERRORS[$status] ?? [90, 'SPOTIFY_ERROR_INTERNAL'];
        if ($status === 77 && ($options['grant'] ?? getenv('SPOTIFY_GRANT')) === 'user') {
            [$code, $name] = [Error::LOGIN_REQUIRED, 'SPOTIFY_ERROR_LOGIN_REQUIRED'];
        }
        return new Error($code, $name, preg_replace('~^spotify-token: ~', '', trim($message)));
    }
}
