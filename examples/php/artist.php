<?php

declare(strict_types=1);

// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     composer require libspotify-token/libspotify-token && php artist.php

require 'vendor/autoload.php';

use SpotifyToken\Client;
use SpotifyToken\Error;
use SpotifyToken\Token;

const ARTIST = '0TnOYISbd1XYRBk9myaseg';

/** @return array{int, string} status and body */
function get(string $url, Token $token): array
{
    $options = ['header' => "Authorization: $token->authorization", 'ignore_errors' => true, 'timeout' => 30];
    $body = @file_get_contents($url, false, stream_context_create(['http' => $options]));
    if ($body === false) {
        throw new RuntimeException('the Web API: ' . (error_get_last()['message'] ?? 'no response'));
    }
    preg_match('~^HTTP/\S+ (\d{3})~', $http_response_header[0], $status);
    return [(int) $status[1], $body];
}

/** @return array<string, mixed> */
function artist(Client $client, string $id): array
{
    $url = (getenv('SPOTIFY_API_URL') ?: 'https://api.spotify.com/v1') . "/artists/$id";
    $token = $client->token();
    [$status, $body] = get($url, $token);
    if ($status === 401) {
        // The token was revoked before it expired: try once more with a new one.
        $client->invalidate($token);
        [$status, $body] = get($url, $client->token());
    }
    if ($status !== 200) {
        throw new RuntimeException("the Web API responded with $status");
    }
    return json_decode($body, true, flags: JSON_THROW_ON_ERROR);
}

try {
    echo artist(new Client(), ARTIST)['name'], "\n";
} catch (Error $error) {
    fwrite(STDERR, "{$error->name}: {$error->getMessage()}\n");
    exit(1);
} catch (RuntimeException | JsonException | FFI\Exception $error) {
    fwrite(STDERR, "{$error->getMessage()}\n");
    exit(1);
}
