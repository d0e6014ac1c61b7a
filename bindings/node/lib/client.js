'use strict';

// Tokens for as long as a program runs.

const { Callbacks } = require('./callbacks.js');
const { newConfig } = require('./config.js');
const { NOT_CACHED } = require('./errors.js');
const { Handle, forgotten } = require('./handle.js');
const { lib } = require('./library.js');
const { allocate, copyAndClear } = require('./token.js');

// Only spotify_client_token_into refreshes a token. So in the last 300 seconds of a token, when it may be due for that,
// it is taken from there and not from spotify_client_cached_into.
const REFRESH_BEFORE = 300;

/**
 * Returns tokens for as long as the program runs. A program needs one. `options` are the library's, such as
 * `{ timeout_ms: 5000 }`; one that is undefined or null is not set. `logger` is called with a level and a message.
 * `onRefreshToken` is called with each new refresh token of a program that keeps them itself; if it returns a promise, calls
 * of `token` wait for that.
 */
class Client {
  #options;
  #callbacks;
  #handle = null;
  #closed = false;
  #request = null;

  constructor(options = {}, callbacks = {}) {
    this.#options = { ...options };
    this.#callbacks = callbacks.onRefreshToken ? this.#followed(callbacks) : callbacks;
    this.#open();
  }

  /** Returns a valid token: from memory, or from the server. All callers that wait share one request. */
  async token() {
    const cached = this.cached();
    if (cached && cached.expiresIn > REFRESH_BEFORE) {
      await this.#handle.settled();
      return cached;
    }
    if (!this.#request) {
      const request = this.#open().token(lib.tokenInto).finally(() => {
        if (this.#request === request) this.#request = null;
      });
      this.#request = request;
    }
    return this.#request;
  }

  /** Returns the cached token, or null. Never waits for the network, and does not refresh the token. */
  cached() {
    const { pointer } = this.#open();
    const memory = allocate();
    lib.cachedInto(pointer, memory);
    try {
      return copyAndClear(memory);
    } catch (error) {
      if (error.number === NOT_CACHED) return null;
      throw error;
    }
  }

  /** Drops this token, which the Web API rejected, from the cache; without one: whichever is cached. */
  async invalidate(token) {
    this.#request = null; // it may have been given the rejected token already
    await this.#open().call(lib.invalidate, token?.accessToken ?? null);
  }

  /** Cancels the calls that wait, and frees the client when they have returned. Closing twice is fine. */
  close() {
    this.#closed = true;
    this.#handle.close();
    forgotten.unregister(this);
  }

  /** Lets a client that is opened again begin with the newest refresh token. */
  #followed({ logger, onRefreshToken }) {
    const options = this.#options; // not `this`, which would never be forgotten
    const follow = (refreshToken) => {
      options.refresh_token = refreshToken;
      return onRefreshToken(refreshToken);
    };
    return { logger, onRefreshToken: follow };
  }

  #open() {
    if (this.#closed) throw new TypeError('the client is closed');
    // One with callbacks is also closed before the process ends, and opened again when it is needed after all.
    if (this.#handle === null || this.#handle.isClosed) {
      const callbacks = new Callbacks(this.#callbacks);
      const config = newConfig(this.#options, callbacks);
      this.#handle = new Handle(lib.clientNew(config), callbacks, lib.cancel, lib.clientFree);
      lib.configFree(config);
      forgotten.register(this, this.#handle, this);
    }
    return this.#handle;
  }
}

module.exports = { Client };
