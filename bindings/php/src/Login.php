<?php

declare(strict_types=1);

namespace SpotifyToken;

use FFI\CData;
use LogicException;
use SensitiveParameter;

/** Lets a user log in, once, in a browser. Open $url there, then wait(), or finish() with what the browser shows. */
final class Login
{
    // How long a wait for the browser is in C, in milliseconds. Signal handlers of PHP run between two turns.
    private const TURN = 100;

    public readonly string $url;
    private ?CData $pointer = null;

    /** @param array<string, string|int|null> $options those of Client */
    public function __construct(array $options = [])
    {
        if (!Library::isAllowed()) {
            throw new LogicException('a login needs FFI: begin it on the command line, or run "spotify-token login"');
        }
        $library = Library::get();
        $this->pointer = Library::withConfig($options, fn (CData $config) => $library->spotify_login_new($config));
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
                if ($error->getCode() !== Error::TIMEOUT) {
                    throw $error;
                }
            }
        } while ($left > self::TURN);
        $time = fmod($timeout, 1) === 0.0 ? max(0, (int) $timeout) . ' s' : max(0, (int) ($timeout * 1000)) . ' ms';
        throw Library::error(Error::TIMEOUT, "the browser has not come back within $time. "
            . 'Wait again, or paste the address that the browser shows after the login');
    }

    /** Completes the login with the address that the browser shows after it, or with its code; returns the token. */
    public function finish(#[SensitiveParameter] string $redirectedTo): Token
    {
        $text = Library::text('the address', $redirectedTo);
        $pointer = $this->openPointer();
        return Library::tokenOf(fn (CData $out) => Library::get()->spotify_login_finish_into($pointer, $text, $out));
    }

    private function waitTurn(int $milliseconds): Token
    {
        $pointer = $this->openPointer();
        return Library::tokenOf(fn (CData $out) => Library::get()->spotify_login_wait_into($pointer, $milliseconds, $out));
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
