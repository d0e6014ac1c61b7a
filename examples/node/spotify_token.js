// A binding of spotify-token for Node, made with koffi: copy it into your program. It needs the installed library.
//
//     const client = new Client();
//     const token = await client.token();
//     fetch(url, { headers: { authorization: token.authorization } });
//
// A token that speaks for a user, who logs in once:
//
//     const login = await Login.begin({ scope: 'playlist-read-private' });
//     console.log(`Open ${login.url}`);
//     await login.wait();
//     login.close();
//     const client = new Client({ grant: 'user', scope: 'playlist-read-private' });
//
// A call that may wait for the network runs in a thread of libuv's pool (koffi's `.async`): the event loop goes on.

import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';

// Not `import`: that ignores NODE_PATH.
const koffi = createRequire(import.meta.url)('koffi');

const ABI_VERSION = 0;
const INVALID_ARGUMENT = 1;
const TIMEOUT = 13;
const NOT_CACHED = 40;

// Only spotify_client_token_into refreshes a token. So in the last 300 seconds of a token, when it may be due for that,
// it is taken from there and not from spotify_client_cached_into.
const REFRESH_BEFORE = 300;

// How long a wait for the browser keeps a thread of the pool, in milliseconds. It takes turns with other calls.
const TURN = 100;

// How long the end of the process waits for a call that may wait for JavaScript, in milliseconds.
const PATIENCE = 500;

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
koffi.proto('void spotify_refresh_token_fn(void *user_data, const char *refresh_token)');

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
    endNow: koffi.load(null).func('void _exit(int32_t status)'),
    errorName: library.func('const char *spotify_error_name(int32_t code)'),
    errorDescription: library.func('const char *spotify_error_description(int32_t code)'),
    clear: library.func('void spotify_token_clear(void *token)'),
    authorization: library.func('const char *spotify_token_authorization(void *token)'),
    oauthError: library.func('const char *spotify_token_oauth_error(void *token)'),
    retryAfter: library.func('int64_t spotify_token_retry_after(void *token)'),
    configNew: library.func('void *spotify_config_new()'),
    configSet: library.func('int32_t spotify_config_set(void *config, const char *name, const char *value)'),
    configSetLogger: library.func(
      'int32_t spotify_config_set_logger(void *config, spotify_log_fn *fn, void *user_data)'),
    configSetRefreshTokenFn: library.func(
      'int32_t spotify_config_set_refresh_token_fn(void *config, spotify_refresh_token_fn *fn, void *user_data)'),
    configError: library.func('const char *spotify_config_error(void *config)'),
    configFree: library.func('void spotify_config_free(void *config)'),
    clientNew: library.func('void *spotify_client_new(void *config)'),
    tokenInto: library.func('int32_t spotify_client_token_into(void *client, void *out)'),
    cachedInto: library.func('int32_t spotify_client_cached_into(void *client, void *out)'),
    invalidate: library.func('void spotify_client_invalidate(void *client, const char *rejected)'),
    cancel: library.func('void spotify_client_cancel(void *client)'),
    clientFree: library.func('void spotify_client_free(void *client)'),
    loginNew: library.func('void *spotify_login_new(void *config)'),
    loginUrl: library.func('const char *spotify_login_url(void *login)'),
    loginWait: library.func('int32_t spotify_login_wait_into(void *login, int64_t timeout_ms, void *out)'),
    loginFinish: library.func('int32_t spotify_login_finish_into(void *login, const char *redirected_to, void *out)'),
    loginCancel: library.func('void spotify_login_cancel(void *login)'),
    loginFree: library.func('void spotify_login_free(void *login)'),
    logout: library.func('int32_t spotify_logout(void *config)'),
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
  if (text.includes('\0')) throw new SpotifyError(INVALID_ARGUMENT, 'the text contains a NUL character. Remove it');
  return text;
}

/** Calls a C function in a thread of the pool. */
function inPool(native, ...args) {
  return new Promise((resolve, reject) => {
    native.async(...args, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

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

/** Functions of JavaScript that C calls: those that are set. C may call them until it has freed what was made with them. */
class Functions {
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

/** Makes a C configuration. The caller frees it. */
function newConfig(options, functions) {
  const config = lib.configNew();
  try {
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || value === null) continue;
      const number = lib.configSet(config, cString(name), cString(value));
      if (number !== 0) throw new SpotifyError(number, lib.configError(config));
    }
    functions?.setIn(config);
    return config;
  } catch (error) {
    lib.configFree(config);
    functions?.unregister();
    throw error;
  }
}

/** Owns a spotify_client or a spotify_login. Frees it when it is closed and its last call has returned. */
class Handle {
  static #withFunctions = new Set();
  // The calls that wait for a token: where it is written to, and the handle.
  static #waiting = new Map();

  static {
    // While JavaScript ends, C must not call a function of it: the process would abort.
    process.on('beforeExit', () => {
      for (const handle of Handle.#withFunctions) handle.close();
    });
    // The process ends after the threads of the pool have returned from C.
    process.on('exit', (status) => {
      for (const [memory, handle] of Handle.#waiting) {
        for (let waited = 0; errorCode(memory) === PENDING; waited += 1) {
          // The thread waits for a function of JavaScript, which does not run any more.
          if (waited > PATIENCE && handle.#functions.areSet) lib.endNow(status);
          handle.#cancel(handle.pointer);
          sleep(1);
        }
      }
      for (const handle of Handle.#withFunctions) if (handle.#unseen > 0) lib.endNow(status);
    });
  }

  #calls = 0;
  // Those of the calls that say nowhere that they have returned.
  #unseen = 0;
  #closed = false;
  #canceller;
  #cancel;
  #free;
  #functions;

  constructor(pointer, functions, cancel, free) {
    this.pointer = pointer;
    this.#functions = functions;
    this.#cancel = cancel;
    this.#free = free;
    if (functions.areSet) Handle.#withFunctions.add(this);
  }

  /** Calls a C function that may wait for the network, and returns the token that it writes. */
  async token(native, ...args) {
    const memory = allocate();
    koffi.encode(memory, ERROR_CODE, 'int32_t', PENDING);
    Handle.#waiting.set(memory, this);
    try {
      await this.#run(native, ...args, memory);
    } finally {
      Handle.#waiting.delete(memory);
    }
    await this.#functions.settled();
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
    return this.#functions.settled();
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
    Handle.#withFunctions.delete(this);
    this.#functions.unregister();
  }
}

const forgotten = new FinalizationRegistry((handle) => handle.close());

/**
 * Returns tokens for as long as the program runs. A program needs one. `options` are the library's, such as
 * `{ timeout_ms: 5000 }`; one that is undefined or null is not set. `logger` is called with a level and a message.
 * `onRefreshToken` is called with each new refresh token of a program that keeps them itself; if it returns a promise, calls
 * of `token` wait for that.
 */
export class Client {
  #options;
  #functions;
  #handle = null;
  #closed = false;
  #request = null;

  constructor(options = {}, functions = {}) {
    this.#options = { ...options };
    this.#functions = functions.onRefreshToken ? this.#followed(functions) : functions;
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
    // One with functions is also closed before the process ends, and opened again when it is needed after all.
    if (this.#handle === null || this.#handle.isClosed) {
      const functions = new Functions(this.#functions);
      const config = newConfig(this.#options, functions);
      this.#handle = new Handle(lib.clientNew(config), functions, lib.cancel, lib.clientFree);
      lib.configFree(config);
      forgotten.register(this, this.#handle, this);
    }
    return this.#handle;
  }
}

/**
 * Lets a user log in, once, in a browser: `begin` it, open its `url` there, then `wait`, or `finish` it with what the browser
 * shows. Both may be called at the same time: the first to succeed ends the other, which returns the same token.
 */
export class Login {
  #handle;
  #url;

  /** Begins a login. Options and functions are those of `Client`. With `onRefreshToken`, nothing is stored. */
  static async begin(options = {}, functions = {}) {
    const called = new Functions(functions);
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
  constructor(pointer, functions) {
    this.#handle = new Handle(pointer, functions, lib.loginCancel, lib.loginFree);
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
export async function logout(options = {}) {
  const config = newConfig(options);
  const number = await inPool(lib.logout, config).finally(() => lib.configFree(config));
  if (number !== 0) throw new SpotifyError(number, lib.errorDescription(number));
}
