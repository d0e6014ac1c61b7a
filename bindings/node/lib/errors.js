'use strict';

const { lib } = require('./library.js');

const INVALID_ARGUMENT = 1;
const TIMEOUT = 13;
const NOT_CACHED = 40;

/** Says why there is no token: `code` is the constant's name, as in Node's own errors, `number` its value. */
class SpotifyError extends Error {
  constructor(number, message, details = {}) {
    super(message);
    this.name = 'SpotifyError';
    this.number = number;
    this.code = lib.errorName(number);
    Object.assign(this, details);
  }
}

module.exports = { INVALID_ARGUMENT, NOT_CACHED, SpotifyError, TIMEOUT };
