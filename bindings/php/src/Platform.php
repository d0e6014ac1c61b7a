<?php

declare(strict_types=1);

namespace SpotifyToken;

/** Where the package has the library and the command for this machine. */
final class Platform
{
    /** Returns the library in the package, or a name for the system's loader. */
    public static function library(): string
    {
        return self::packaged(match (PHP_OS_FAMILY) {
            'Windows' => 'spotify_token.dll',
            'Darwin' => 'libspotify_token.0.dylib',
            default => 'libspotify_token.so.0',
        });
    }

    /** Returns the command in the package, or its name. */
    public static function command(): string
    {
        return self::packaged(PHP_OS_FAMILY === 'Windows' ? 'spotify-token.exe' : 'spotify-token');
    }

    private static function packaged(string $name): string
    {
        $path = dirname(__DIR__) . '/native/' . self::target() . "/$name";
        return is_file($path) ? $path : $name;
    }

    /** Names this machine as Rust does. */
    private static function target(): string
    {
        $machine = match (php_uname('m')) {
            'AMD64' => 'x86_64',
            'arm64' => 'aarch64',
            default => php_uname('m'),
        };
        return match (PHP_OS_FAMILY) {
            'Windows' => "$machine-pc-windows-gnu",
            'Darwin' => "$machine-apple-darwin",
            default => "$machine-unknown-linux-" . (self::usesMusl() ? 'musl' : 'gnu'),
        };
    }

    private static function usesMusl(): bool
    {
        return str_contains((string) @file_get_contents('/proc/self/maps'), '/ld-musl-');
    }
}
