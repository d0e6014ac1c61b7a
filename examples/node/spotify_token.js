// A binding of spotify-token for Node, made with koffi: copy it into your program. It needs the installed library.
//
//     const client = new Client();
//     const token = await client.token();
//     fetch(url, { headers: { authorization: token.authorization } });
//
// A call that may wait for the network runs in a thread of libuv's pool (koffi's `.async`): the event loop goes on.

import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Not `import`: that ignores NODE_PATH.
const koffi = createRequire(import.meta.url)('koffi');

const ABI_VERSION = 0;
const NOT_CACHED = 40;

// Only spotify_client_token_into refreshes a token. So in the last 300 seconds of a token, when it may be due for that,
// it is taken from there and not from spotify_client_cached_into.
const REFRESH_BEFORE = 300;

// The latest time that a Date can hold, in seconds.
const LAST_SECOND = 8.64e12;

// The C struct spotify_token. Decoding turns `char *` members into strings and drops the pointers, so the struct stays
// in C memory, where spotify_token_clear finds them.
const CToken = koffi.struct('spotify_token', {
  access_token: 'const char *',
  token_type: 'const char *',
  scope: 'const char *',
  error_message: 'const char *',
  expires_at: 'int64_t',
  expires_in: 'int64_t',
  error_code: 'int32_t',
  http_status: 'int32_t',
  owner: 'void *',
});
const ERROR_CODE = koffi.offsetof(CToken, 'error_code');
// An error code that the library does not have.
const PENDING = -1;

koffi.proto('void spotify_log_fn(void *user_data, int32_t level, const char *message)');

export const lib = load();

function load() {
  const path = process.env.SPOTIFY_TOKEN_LIBRARY ?? 'libspotify_token.so.0';
  const library = open(path);
  const version = library.func('const char *spotify_version()')();
  const abi = library.func('int32_t spotify_abi_version()')();
  const size = Number(library.func('size_t spotify_token_size()')());
  if (abi !== ABI_VERSION || size !== koffi.sizeof(CToken)) {
    throw new Error(`${path} is spotify-token ${version} with ABI ${abi}; this binding needs ABI ${ABI_VERSION}`);
  }
  return {
    errorName: library.func('const char *spotify_error_name(int32_t code)'),
    clear: library.func('void spotify_token_clear(void *token)'),
    authorization: library.func('const char *spotify_token_authorization(void *token)'),
    oauthError: library.func('const char *spotify_token_oauth_error(void *token)'),
    retryAfter: library.func('int64_t spotify_token_retry_after(void *token)'),
    configNew: library.func('void *spotify_config_new()'),
    configSet: library.func('int32_t spotify_config_set(void *config, const char *name, const char *value)'),
    configSetLogger: library.func(
      'int32_t spotify_config_set_logger(void *config, spotify_log_fn *fn, void *user_data)'),
    configError: library.func('const char *spotify_config_error(void *config)'),
    configFree: library.func('void spotify_config_free(void *config)'),
    clientNew: library.func('void *spotify_client_new(void *config)'),
    tokenInto: library.func('int32_t spotify_client_token_into(void *client, void *out)'),
    cachedInto: library.func('int32_t spotify_client_cached_into(void *client, void *out)'),
    invalidate: library.func('void spotify_client_invalidate(void *client, const char *rejected)'),
    cancel: library.func('void spotify_client_cancel(void *client)'),
    clientFree: library.func('void spotify_client_free(void *client)'),
  };
}

function open(path) {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new Error(`${path}: ${cause.message}`, { cause });
  }
}

/** Says why there is no token: `code` is the constant's name, as in Node's own errors, `number` its value. */
export class SpotifyError extends Error {
  constructor(number, message, details = {}) {
    super(message);
    this.name = 'SpotifyError';
    this.number = number;
    this.code = lib.errorName(number);
    Object.assign(this, details);
  }
}

/** Holds a token. Its text is private to the object, so that console.log and JSON do not show it. */
export class Token {
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
export function allocate() {
  return koffi.alloc(CToken, 1);
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

function errorCode(memory) {
  return koffi.decode(memory, ERROR_CODE, 'int32_t');
}

/** Blocks this thread. */
function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function cString(value) {
  const text = String(value);
  if (text.includes('\0')) throw new TypeError('a string has a null character');
  return text;
}

/** Makes a C function that calls the logger. */
function register(logger) {
  const log = (_userData, level, message) => {
    try {
      logger(level, message);
    } catch (error) {
      // C called this function, so no exception may leave it.
      process.emitWarning(error);
    }
  };
  return koffi.register(log, 'spotify_log_fn *');
}

/** Owns a spotify_client. Frees it when it is closed and its last call has returned. */
class Handle {
  static #withLogger = new Set();
  // The calls that wait for a token: where it is written to, and the client.
  static #waiting = new Map();

  static {
    // While JavaScript ends, C must not call a logger: the process would abort.
    process.on('beforeExit', () => {
      for (const handle of Handle.#withLogger) handle.close();
    });
    // The process ends after the threads of the pool have returned from C.
    process.on('exit', () => {
      for (const [memory, handle] of Handle.#waiting) {
        while (errorCode(memory) === PENDING) {
          lib.cancel(handle.pointer);
          sleep(1);
        }
      }
    });
  }

  #calls = 0;
  #closed = false;
  #canceller;
  #logger = null;

  constructor(options, logger) {
    const config = lib.configNew();
    try {
      for (const [name, value] of Object.entries(options)) {
        if (value === undefined || value === null) continue;
        const number = lib.configSet(config, cString(name), cString(value));
        if (number !== 0) throw new SpotifyError(number, lib.configError(config));
      }
      if (logger) {
        this.#logger = register(logger);
        lib.configSetLogger(config, this.#logger, null);
        Handle.#withLogger.add(this);
      }
      this.pointer = lib.clientNew(config);
    } finally {
      lib.configFree(config);
    }
  }

  /** Asks for a token in a thread of the pool. */
  async tokenInto(memory) {
    koffi.encode(memory, ERROR_CODE, 'int32_t', PENDING);
    Handle.#waiting.set(memory, this);
    try {
      await this.call(lib.tokenInto, memory);
    } finally {
      Handle.#waiting.delete(memory);
    }
  }

  /** Calls a C function in a thread of the pool. */
  call(native, argument) {
    this.#calls += 1;
    return new Promise((resolve, reject) => {
      native.async(this.pointer, argument, (error) => {
        this.#calls -= 1;
        this.#freeIfUnused();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  get isClosed() {
    return this.#closed;
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    // A call that is about to begin cannot be cancelled yet, so this is repeated.
    lib.cancel(this.pointer);
    this.#canceller = setInterval(() => lib.cancel(this.pointer), 10);
    this.#freeIfUnused();
  }

  #freeIfUnused() {
    if (!this.#closed || this.#calls > 0) return;
    clearInterval(this.#canceller);
    Handle.#withLogger.delete(this);
    // In a thread of the pool, since it waits for the logger, which this thread runs.
    lib.clientFree.async(this.pointer, () => {
      if (this.#logger) koffi.unregister(this.#logger);
    });
  }
}

const forgotten = new FinalizationRegistry((handle) => handle.close());

/**
 * Returns tokens for as long as the program runs. A program needs one. `options` are the library's, such as
 * `{ timeout_ms: 5000 }`; one that is undefined or null is not set. `logger` is called with a level and a message.
 */
export class Client {
  #options;
  #logger;
  #handle = null;
  #closed = false;
  #request = null;

  constructor(options = {}, { logger } = {}) {
    // A worker may end before its client, and then a logger that C calls would abort the process.
    if (logger && !isMainThread) throw new TypeError('a client in a worker cannot have a logger');
    this.#options = options;
    this.#logger = logger;
    this.#open();
  }

  /** Returns a valid token: from memory, or from the server. All callers that wait share one request. */
  async token() {
    const cached = this.cached();
    if (cached && cached.expiresIn > REFRESH_BEFORE) return cached;
    if (!this.#request) {
      const request = this.#fetch().finally(() => {
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

  /** Drops this token, which the Web API rejected, from the cache. */
  async invalidate(token) {
    this.#request = null; // it may have been given the rejected token already
    await this.#open().call(lib.invalidate, token.accessToken);
  }

  /** Cancels the calls that wait, and frees the client when they have returned. Closing twice is fine. */
  close() {
    this.#closed = true;
    this.#handle.close();
    forgotten.unregister(this);
  }

  async #fetch() {
    const handle = this.#open();
    const memory = allocate();
    await handle.tokenInto(memory);
    return copyAndClear(memory);
  }

  #open() {
    if (this.#closed) throw new TypeError('the client is closed');
    // One with a logger is also closed before the process ends, and opened again when it is needed after all.
    if (this.#handle === null || this.#handle.isClosed) {
      this.#handle = new Handle(this.#options, this.#logger);
      forgotten.register(this, this.#handle, this);
    }
    return this.#handle;
  }
}
