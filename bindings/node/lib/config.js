'use strict';

// The options of a client or a login, as C takes them.

const { INVALID_ARGUMENT, SpotifyError } = require('./errors.js');
const { lib } = require('./library.js');

/** Returns the text of a value as C takes it. */
function cString(value) {
  const text = String(value);
  if (text.includes('\0')) throw new SpotifyError(INVALID_ARGUMENT, 'the text contains a NUL character. Remove it');
  return text;
}

/** Makes a C configuration; an option that is undefined or null is not set. The caller frees it. */
function newConfig(options, callbacks) {
  const config = lib.configNew();
  try {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || value === null) continue;
      const number = lib.configSet(config, cString(name), cString(value));
      if (number !== 0) throw new SpotifyError(number, lib.configError(config));
    }
    callbacks?.setIn(config);
    return config;
  } catch (error) {
    lib.configFree(config);
    callbacks?.unregister();
    throw error;
  }
}

module.exports = { cString, newConfig };
