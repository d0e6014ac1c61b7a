<?php

declare(strict_types=1);

// Loads the classes of this package in a program that does not use Composer.

spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'SpotifyToken\\')) {
        require __DIR__ . '/src/' . strtr(substr($class, 13), '\\', '/') . '.php';
    }
});
