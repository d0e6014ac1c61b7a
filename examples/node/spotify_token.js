// spotify-token for Node, with koffi: a binding to copy into a program. Needs the installed shared library.
//
//     const client = new Client();
//     const token = await client.token();
//     fetch(url, { headers: { authorization: token.authorization } });
//
// Whatever may ask the server runs in koffi's thread pool (`.async`): the event loop goes on.

import { createRequire } from 'node:module';

// Not `import`: that ignores NODE_PATH.
const koffi = createRequire(import.meta.url)('koffi');

const NOT_CACHED = 40;

// Decoding turns `char *` members into strings and loses the pointers. So the struct that the library fills stays in C
// memory, where spotify_token_clear finds them; this only reads it.
const Raw = koffi.struct('spotify_token', {
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
koffi.proto('void spotify_log_fn(void *user_data, int32_t level, const char *message)');

export const lib = load();

function load() {
  const path = process.env.SPOTIFY_TOKEN_LIBRARY ?? 'libspotify_token.so.0';
  const library = open(path);
  const version = library.func('const char *spotify_version()')();
  const size = Number(library.func('size_t spotify_token_size()')());
  if (size !== koffi.sizeof(Raw) || version.split('.')[0] !== '0') {
    throw new Error(`${path} is spotify-token ${version}; this binding is for 0.x`);
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

/** Why there is no token: `code` is the constant's name, as in Node's own errors, `number` its value. */
export class SpotifyError extends Error {
  constructor(number, message, details = {}) {
    super(message);
    this.name = 'SpotifyError';
    this.number = number;
    this.code = lib.errorName(number);
    Object.assign(this, details);
  }
}

/** A token. Its text is private to the object, so that console.log and JSON do not show it. */
export class Token {
  #accessToken;
  #authorization;

  constructor(raw, authorization) {
    this.#accessToken = raw.access_token;
    this.#authorization = authorization;
    this.scope = raw.scope;
    this.expiresAt = new Date(Number(raw.expires_at) * 1000);
    this.expiresIn = Number(raw.expires_in);
  }

  get accessToken() {
    return this.#accessToken;
  }

  /** The value of an Authorization header. */
  get authorization() {
    return this.#authorization;
  }
}

/** Memory for one result. */
export function allocate() {
  return koffi.alloc(Raw, 1);
}

/** Copies what the library filled, and releases it. */
function take(memory) {
  try {
    const raw = koffi.decode(memory, Raw);
    if (raw.error_code === 0) return new Token(raw, lib.authorization(memory));
    throw new SpotifyError(raw.error_code, raw.error_message, {
      httpStatus: raw.http_status,
      oauthError: lib.oauthError(memory),
      retryAfter: Number(lib.retryAfter(memory)),
    });
  } finally {
    lib.clear(memory);
    koffi.free(memory);
  }
}

// Loggers live as long as the process: a request under way may outlive its client.
function register(logger) {
  const log = (_userData, level, message) => {
    try {
      logger(level, message);
    } catch (error) {
      // There is C behind this function: nothing may leave it.
      process.emitWarning(error);
    }
  };
  return koffi.register(log, 'spotify_log_fn *');
}

/** A spotify_client, freed when it is closed and the last call has returned. */
class Handle {
  #calls = 0;
  #closed = false;

  constructor(options, logger) {
    const config = lib.configNew();
    try {
      for (const [name, value] of Object.entries(options)) {
        const number = lib.configSet(config, name, String(value));
        if (number !== 0) throw new SpotifyError(number, lib.configError(config));
      }
      if (logger) lib.configSetLogger(config, register(logger), null);
      this.pointer = lib.clientNew(config);
    } finally {
      lib.configFree(config);
    }
  }

  /** Runs a call in koffi's thread pool. */
  call(native, memory) {
    this.#calls += 1;
    return new Promise((resolve, reject) => {
      native.async(this.pointer, memory, (error) => {
        this.#calls -= 1;
        this.#freeWhenDone();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close() {
    this.#closed = true;
    if (this.pointer) lib.cancel(this.pointer);
    this.#freeWhenDone();
  }

  #freeWhenDone() {
    if (this.#closed && this.#calls === 0 && this.pointer) {
      lib.clientFree(this.pointer);
      this.pointer = null;
    }
  }
}

const forgotten = new FinalizationRegistry((handle) => handle.close());

/** A long-lived source of tokens. Make one for each program; `options` are the library's. */
export class Client {
  #handle;

  constructor(options = {}, { logger } = {}) {
    this.#handle = new Handle(options, logger);
    forgotten.register(this, this.#handle, this);
  }

  /** A valid token: from memory, else from the server without blocking the event loop. */
  async token() {
    const handle = this.#open();
    const cached = this.cached();
    if (cached) return cached;
    const memory = allocate();
    await handle.call(lib.tokenInto, memory);
    return take(memory);
  }

  /** The token at hand, or null. Never does I/O, so it may run in the event loop's thread. */
  cached() {
    const handle = this.#open();
    const memory = allocate();
    lib.cachedInto(handle.pointer, memory);
    try {
      return take(memory);
    } catch (error) {
      if (error.number === NOT_CACHED) return null;
      throw error;
    }
  }

  /** Says that the Web API rejected this token. */
  invalidate(token) {
    lib.invalidate(this.#open().pointer, token.accessToken);
  }

  /** Ends the calls that wait now, and lets go of the client. Closing twice is fine. */
  close() {
    forgotten.unregister(this);
    this.#handle?.close();
    this.#handle = null;
  }

  #open() {
    if (!this.#handle) throw new TypeError('the client is closed');
    return this.#handle;
  }
}
