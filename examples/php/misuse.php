<?php

declare(strict_types=1);

// What a program must not do, and what then happens: an error in PHP's manner, or nothing. Never a crash.

require __DIR__ . '/spotify_token.php';

use SpotifyToken\Client;
use SpotifyToken\Error;
use SpotifyToken\Library;

$library = Library::get();
$raw = $library->new('spotify_token');
$pointer = $library->spotify_client_new(null);
$library->spotify_client_token_into($pointer, FFI::addr($raw));
$library->spotify_token_clear(FFI::addr($raw));
$library->spotify_token_clear(FFI::addr($raw));
$library->spotify_client_free($pointer);
echo 'token cleared twice: ', var_export($raw->access_token, true), "\n";

$client = new Client();
$client->token();
$client->close();
$client->close();
echo "client closed twice: nothing happens\n";

try {
    $client->token();
} catch (LogicException $error) {
    echo "used after close: {$error->getMessage()}\n";
}

try {
    new Client(['timeout_ms' => 'soon']);
} catch (Error $error) {
    echo "bad option: {$error->name}\n";
}

echo "logger raised: there is no logger in PHP\n";
