<?php

declare(strict_types=1);

// Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.

require 'vendor/autoload.php';

use SpotifyToken\Client;
use SpotifyToken\Error;
use SpotifyToken\Login;
use SpotifyToken\Token;

const USER = ['grant' => 'user', 'scope' => 'playlist-read-private'];

function row(string $name, string ...$values): void
{
    echo "$name: ", implode(', ', $values), "\n";
}

/** Says how a call ends. */
function how(callable $call): string
{
    try {
        $call();
        return 'done';
    } catch (Error $error) {
        return trim("$error->name $error->oauthError");
    } catch (LogicException) {
        return 'closed';
    }
}

function message(string $pattern, callable $call): string
{
    try {
        $call();
        return 'done';
    } catch (Error $error) {
        return preg_match($pattern, $error->getMessage(), $found) ? $found[0] : $error->getMessage();
    }
}

/** Asks the test to play the browser while this program waits. */
function browser(string $action, Login $login): void
{
    echo "$action $login->url\n";
}

/** Asks a new client, which has no error in its memory. */
function token(array $options = []): Token
{
    return (new Client($options + USER))->token();
}

function same(string $one, string $other): string
{
    return $one === $other ? 'same token' : 'another token';
}

row('not logged in', how(fn () => token()));
row('bad option', how(fn () => token(['redirect_uri' => 'http://localhost/callback'])));
row('NUL in a name', how(fn () => token(["account\0" => 'x'])));
row('NUL in a value', how(fn () => token(['account' => "a\0b"])));
new Login(['account' => null] + USER);
row('option without a value', 'ignored');
$nowhere = fn () => new Login(['logins' => 'file:/dev/null/ü'] + USER);
row('cannot begin', how($nowhere), 'names ' . message('~/dev/null/\p{L}~u', $nowhere));

$login = new Login(USER);
$soon = fn () => $login->wait(0.25);
row('time is up', how($soon) . ' ' . message('~within \d+ ms~', $soon));
row('time was up before', how(fn () => $login->wait(-1.0)));
pcntl_async_signals(true);
pcntl_signal(SIGALRM, fn () => throw new DomainException());
pcntl_alarm(1);
try {
    $login->wait();
} catch (DomainException) {
    row('given up', 'at once');
}
row('empty line', how(fn () => $login->finish("\n")));
row('NUL in the address', how(fn () => $login->finish("a\0b")));
row('address in another alphabet', how(fn () => $login->finish("\xfc")));
row('wrong state', how(fn () => $login->finish('http://127.0.0.1/callback?code=x&state=y')));
if (pcntl_fork() === 0) {
    row('in a child of fork', how(fn () => $login->wait(0)));
    exit;
}
pcntl_wait($status);

browser('browse', $login);
$first = $login->wait();
row('browser', $first->scope);
if ($login->wait() == $first && $login->finish('x') == $first) {
    row('finished', 'waits again', 'pastes again');
}
$login->close();
$login->close();
row('closed twice', how(fn () => $login->wait()), how(fn () => $login->finish('x')));
row('client', same(token()->accessToken, $first->accessToken));
row('other process', same(trim(shell_exec('spotify-token token --user')), $first->accessToken));
row('lacks a scope', how(fn () => token(['scope' => 'user-library-read'])));

$login = new Login(USER);
browser('agree', $login);
row('pasted', $login->finish(fgets(STDIN))->scope);

$login = new Login(USER);
browser('decline', $login);
row('declined', how(fn () => $login->wait()));

$logout = fn () => Client::logout(USER);
row('logout', how($logout), how($logout), how(fn () => token()));
