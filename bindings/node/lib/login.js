'use strict';

// The login of a user, and its end.

const { Callbacks } = require('./callbacks.js');
const { cString, newConfig } = require('./config.js');
const { SpotifyError, TIMEOUT } = require('./errors.js');
const { Handle, forgotten } = require('./handle.js');
const { lib } = require('./library.js');
const { inPool } = require('./pool.js');

// How long a wait for the browser keeps a thread of the pool, in milliseconds. It takes turns with other calls.
const TURN = 100;

/**
 * Lets a user log in, once, in a browser: `begin` it, open its `url` there, then `wait`, or `finish` it with what the browser
 * shows. Both may be called at the same time: the first to succeed ends the other, which returns the same token.
 */
class Login {
  #handle;
  #url;

  /** Begins a login. Options and callbacks are those of `Client`. With `onRefreshToken`, nothing is stored. */
  static async begin(options = {}, callbacks = {}) {
    const called = new Callbacks(callbacks);
    const config = newConfig(options, called);
    // In the pool: it may ask where logins are stored, which may be on another machine.
    const pointer = await inPool(lib.loginNew, config).finally(() => lib.configFree(config));
    const login = new Login(pointer, called);
    if (login.#url === null) {
      try {
        await login.#handle.token(lib.loginWait, 0); // throws the error
      } finally {
        login.close();
      }
    }
    return login;
  }

  /** Private: see `begin`. */
  constructor(pointer, callbacks) {
    this.#handle = new Handle(pointer, callbacks, lib.loginCancel, lib.loginFree);
    this.#url = lib.loginUrl(pointer);
    forgotten.register(this, this.#handle, this);
  }

  /** Returns the address to open in the user's browser. Do not log it. */
  get url() {
    return this.#url;
  }

  /**
   * Waits until the browser comes back, stores the login and returns the token. `timeout` is in milliseconds. After a timeout,
   * and after `signal` has ended a wait, it can be called again.
   */
  async wait({ timeout = Infinity, signal } = {}) {
    if (!(timeout >= 0)) throw new RangeError('timeout is not a number of milliseconds');
    signal?.throwIfAborted();
    let abort;
    const aborted = new Promise((_resolve, reject) => (abort = () => reject(signal.reason)));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#turns(timeout, signal), aborted]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Completes the login with the address that the browser shows after it, or with its code, and returns the token. */
  async finish(redirectedTo) {
    return this.#open().token(lib.loginFinish, cString(redirectedTo));
  }

  /** Ends the login: calls that wait fail with SPOTIFY_ERROR_CANCELLED, and so do later ones. */
  cancel() {
    if (!this.#handle.isClosed) this.#handle.cancel();
  }

  /** Cancels the login, and frees it when the calls that wait have returned. Closing twice is fine. */
  close() {
    this.#handle.close();
    forgotten.unregister(this);
  }

  /** Waits in turns, so that many logins leave room in the pool, which has few threads. */
  async #turns(timeout, signal) {
    const end = performance.now() + timeout;
    while (!signal?.aborted) {
      const left = Math.max(end - performance.now(), 0);
      try {
        return await this.#open().token(lib.loginWait, Math.min(Math.ceil(left), TURN));
      } catch (error) {
        if (error.number !== TIMEOUT) throw error;
        if (left <= TURN) throw notWithin(timeout);
      }
    }
    return null; // nobody waits for it
  }

  #open() {
    if (this.#handle.isClosed) throw new TypeError('the login is closed');
    return this.#handle;
  }
}

function notWithin(timeout) {
  const advice = 'Wait again, or paste the address that the browser shows after the login';
  return new SpotifyError(TIMEOUT, `the browser has not come back within ${timeout} ms. ${advice}`);
}

/** Forgets the stored login of the account that these options name. */
async function logout(options = {}) {
  const config = newConfig(options);
  const number = await inPool(lib.logout, config).finally(() => lib.configFree(config));
  if (number !== 0) throw new SpotifyError(number, lib.errorDescription(number));
}

module.exports = { Login, logout };
