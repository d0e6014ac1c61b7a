<?php

declare(strict_types=1);

// Does what a program must not do. The result is an error or nothing, and never a crash.

require 'vendor/autoload.php';

use SpotifyToken\Client;
use SpotifyToken\Error;
use SpotifyToken\Library;

$library = Library::get();
$cToken = $library->new('spotify_token');
$pointer = $library->spotify_client_new(null);
$library->spotify_client_token_into($pointer, FFI::addr($cToken));
$library->spotify_token_clear(FFI::addr($cToken));
$library->spotify_token_clear(FFI::addr($cToken));
$library->spotify_client_free($pointer);
echo 'token cleared twice: ', var_export($cToken->access_token, true), "\n";

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
