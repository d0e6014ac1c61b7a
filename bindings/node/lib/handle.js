'use strict';

// What a client and a login have in common: a C handle that is freed when no call uses it, also when the process ends.

const koffi = require('koffi');

const { inPool } = require('./pool.js');
const { allocatePending, copyAndClear, isPending } = require('./token.js');

// How long the end of the process waits for a call that may wait for JavaScript, in milliseconds.
const PATIENCE = 500;

/** Ends the process without waiting for its threads. */
const endNow =
  process.platform === 'win32'
    ? koffi.load('kernel32.dll').func('void ExitProcess(uint32_t status)')
    : koffi.load(null).func('void _exit(int32_t status)');

/** Blocks this thread. */
function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Owns a spotify_client or a spotify_login. Frees it when it is closed and its last call has returned. */
class Handle {
  static #withCallbacks = new Set();
  // The calls that wait for a token: where it is written to, and the handle.
  static #waiting = new Map();

  static {
    // While JavaScript ends, C must not call a function of it: the process would abort.
    process.on('beforeExit', () => {
      for (const handle of Handle.#withCallbacks) handle.close();
    });
    // The process ends after the threads of the pool have returned from C.
    process.on('exit', (status) => {
      for (const [memory, handle] of Handle.#waiting) {
        for (let waited = 0; isPending(memory); waited += 1) {
          // The thread waits for a function of JavaScript, which does not run any more.
          if (waited > PATIENCE && handle.#callbacks.areSet) endNow(status);
          handle.#cancel(handle.pointer);
          sleep(1);
        }
      }
      for (const handle of Handle.#withCallbacks) if (handle.#unseen > 0) endNow(status);
    });
  }

  #calls = 0;
  // Those of the calls that say nowhere that they have returned.
  #unseen = 0;
  #closed = false;
  #canceller;
  #cancel;
  #free;
  #callbacks;

  constructor(pointer, callbacks, cancel, free) {
    this.pointer = pointer;
    this.#callbacks = callbacks;
    this.#cancel = cancel;
    this.#free = free;
    if (callbacks.areSet) Handle.#withCallbacks.add(this);
  }

  /** Calls a C function that may wait for the network, and returns the token that it writes. */
  async token(native, ...args) {
    const memory = allocatePending();
    Handle.#waiting.set(memory, this);
    try {
      await this.#run(native, ...args, memory);
    } finally {
      Handle.#waiting.delete(memory);
    }
    await this.#callbacks.settled();
    return copyAndClear(memory);
  }

  /** Calls a C function in a thread of the pool. */
  async call(native, ...args) {
    this.#unseen += 1;
    try {
      return await this.#run(native, ...args);
    } finally {
      this.#unseen -= 1;
    }
  }

  /** Waits until a new refresh token is kept. */
  settled() {
    return this.#callbacks.settled();
  }

  get isClosed() {
    return this.#closed;
  }

  cancel() {
    this.#cancel(this.pointer);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    // A call that is about to begin cannot be cancelled yet, so this is repeated.
    this.cancel();
    this.#canceller = setInterval(() => this.cancel(), 10);
    if (this.#calls === 0) this.#release();
  }

  async #run(native, ...args) {
    this.#calls += 1;
    try {
      return await inPool(native, this.pointer, ...args);
    } finally {
      this.#calls -= 1;
      if (this.#closed && this.#calls === 0) this.#release();
    }
  }

  async #release() {
    clearInterval(this.#canceller);
    this.#unseen += 1;
    // In a thread of the pool, since it waits for a logger, which this thread runs.
    await inPool(this.#free, this.pointer);
    this.#unseen -= 1;
    Handle.#withCallbacks.delete(this);
    this.#callbacks.unregister();
  }
}

/** Closes the handle of a client or a login that nobody has any more. */
const forgotten = new FinalizationRegistry((handle) => handle.close());

module.exports = { Handle, forgotten };
