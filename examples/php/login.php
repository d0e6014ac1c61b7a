<?php

declare(strict_types=1);

// Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI
// is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
//
//     composer require libspotify-token/libspotify-token && php login.php

require 'vendor/autoload.php';

use SpotifyToken\Client;
use SpotifyToken\Error;
use SpotifyToken\Login;
use SpotifyToken\Token;

const OPTIONS = ['grant' => 'user', 'scope' => 'playlist-read-private'];

/** Waits for the browser, and looks meanwhile whether an address was pasted. */
function logIn(): void
{
    $login = new Login(OPTIONS);
    fwrite(STDERR, "Open this address in a browser, and agree:\n$login->url\n");
    $input = [STDIN];
    while (true) {
        try {
            $login->wait(0.2);
            return;
        } catch (Error $error) {
            if ($error->getCode() !== Error::TIMEOUT) {
                throw $error;
            }
        }
        [$ready, $none] = [$input, null];
        if ($input === [] || stream_select($ready, $none, $none, 0) !== 1) {
            continue;
        }
        $line = fgets(STDIN);
        if ($line === false) {
            $input = [];
            continue;
        }
        try {
            $login->finish($line);
            return;
        } catch (Error $error) {
            fwrite(STDERR, "{$error->getMessage()}\n");
        }
    }
}

function token(Client $client): Token
{
    try {
        return $client->token();
    } catch (Error $error) {
        if ($error->getCode() !== Error::LOGIN_REQUIRED) {
            throw $error;
        }
    }
    logIn();
    return $client->token();
}

try {
    $options = ['header' => 'Authorization: ' . token(new Client(OPTIONS))->authorization, 'timeout' => 30];
    $url = (getenv('SPOTIFY_API_URL') ?: 'https://api.spotify.com/v1') . '/me/playlists';
    $body = @file_get_contents($url, false, stream_context_create(['http' => $options]));
    if ($body === false) {
        throw new RuntimeException('the Web API: ' . (error_get_last()['message'] ?? 'no response'));
    }
    foreach (json_decode($body, true, flags: JSON_THROW_ON_ERROR)['items'] as $playlist) {
        echo $playlist['name'], "\n";
    }
} catch (Error $error) {
    fwrite(STDERR, "{$error->name}: {$error->getMessage()}\n");
    exit(1);
} catch (RuntimeException | JsonException | FFI\Exception $error) {
    fwrite(STDERR, "{$error->getMessage()}\n");
    exit(1);
}
