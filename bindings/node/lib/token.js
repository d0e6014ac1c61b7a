'use strict';

// A token as JavaScript has it, made from the struct that C fills.

const koffi = require('koffi');

const { CToken } = require('./c_types.js');
const { SpotifyError } = require('./errors.js');
const { lib } = require('./library.js');

// The latest time that a Date can hold, in seconds.
const LAST_SECOND = 8.64e12;

const ERROR_CODE = koffi.offsetof(CToken, 'error_code');
// An error code that the library does not have.
const PENDING = -1;

/** Holds a token. Its text is private to the object, so that console.log and JSON do not show it. */
class Token {
  #accessToken;
  #authorization;

  constructor(fields, authorization) {
    this.#accessToken = fields.access_token;
    this.#authorization = authorization;
    this.scope = fields.scope;
    this.expiresAt = new Date(Math.min(Number(fields.expires_at), LAST_SECOND) * 1000);
    this.expiresIn = Number(fields.expires_in);
  }

  get accessToken() {
    return this.#accessToken;
  }

  /** Returns the value of an Authorization header. */
  get authorization() {
    return this.#authorization;
  }
}

/** Allocates memory for a C token. */
function allocate() {
  return koffi.alloc(CToken, 1);
}

/** Allocates memory for a C token that a call will write, as `isPending` tells. */
function allocatePending() {
  const memory = allocate();
  koffi.encode(memory, ERROR_CODE, 'int32_t', PENDING);
  return memory;
}

/** Tells whether a call has not written the token yet. */
function isPending(memory) {
  return koffi.decode(memory, ERROR_CODE, 'int32_t') === PENDING;
}

/** Returns the token as a JavaScript object, or throws the error. Releases what the library filled. */
function copyAndClear(memory) {
  try {
    const fields = koffi.decode(memory, CToken);
    if (fields.error_code === 0) return new Token(fields, lib.authorization(memory));
    throw new SpotifyError(fields.error_code, fields.error_message, {
      httpStatus: fields.http_status,
      oauthError: lib.oauthError(memory),
      retryAfter: Number(lib.retryAfter(memory)),
    });
  } finally {
    lib.clear(memory);
    koffi.free(memory);
  }
}

module.exports = { Token, allocate, allocatePending, copyAndClear, isPending };
