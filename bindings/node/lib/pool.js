'use strict';

/** Calls a C function in a thread of libuv's pool, so that the event loop goes on. */
function inPool(native, ...args) {
  return new Promise((resolve, reject) => {
    native.async(...args, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

module.exports = { inPool };
