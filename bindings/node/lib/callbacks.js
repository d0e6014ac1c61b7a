'use strict';

// Functions of JavaScript that C calls.

const { inspect } = require('node:util');
const { isMainThread } = require('node:worker_threads');

const koffi = require('koffi');

const { lib } = require('./library.js');

function warn(error) {
  process.emitWarning(error instanceof Error ? error : inspect(error));
}

/** Waits for what a function returned, and warns when that fails. */
async function settled(result) {
  try {
    await result;
  } catch (error) {
    warn(error);
  }
}

/** Makes a C function that calls one of JavaScript. */
function register(called, type) {
  const call = (_userData, ...args) => {
    try {
      settled(called(...args));
    } catch (error) {
      // C called this function, so no exception may leave it.
      warn(error);
    }
  };
  return koffi.register(call, type);
}

/** The functions of a client or a login: those that are set. C may call them until it has freed what was made with them. */
class Callbacks {
  // What onRefreshToken has begun and not ended, such as writing to a database.
  #underWay = new Set();
  #logger;
  #onRefreshToken;

  constructor({ logger, onRefreshToken } = {}) {
    // A worker may end at any time, and then a function that C calls would abort the process.
    if ((logger || onRefreshToken) && !isMainThread) {
      throw new TypeError('in a worker, C cannot call a logger or onRefreshToken');
    }
    if (logger) this.#logger = register(logger, 'spotify_log_fn *');
    if (onRefreshToken) {
      const keep = (refreshToken) => {
        const kept = settled(onRefreshToken(refreshToken)).finally(() => this.#underWay.delete(kept));
        this.#underWay.add(kept);
      };
      this.#onRefreshToken = register(keep, 'spotify_refresh_token_fn *');
    }
  }

  get areSet() {
    return Boolean(this.#logger || this.#onRefreshToken);
  }

  setIn(config) {
    if (this.#logger) lib.configSetLogger(config, this.#logger, null);
    if (this.#onRefreshToken) lib.configSetRefreshTokenFn(config, this.#onRefreshToken, null);
  }

  /** Waits until each refresh token is kept. */
  async settled() {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  unregister() {
    for (const pointer of [this.#logger, this.#onRefreshToken]) if (pointer) koffi.unregister(pointer);
  }
}

module.exports = { Callbacks };
