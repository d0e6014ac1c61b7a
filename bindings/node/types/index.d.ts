/** The library's options by name, such as `{ timeout_ms: 5000, cache: 'file' }`; one that is undefined or null is not set. */
export interface Options {
  [name: string]: string | number | null | undefined;
}

/** Functions that the library calls. Neither can be used in a worker. */
export interface Callbacks {
  /** Is called with a level, from 1 (error) to 4 (debug), and a message. */
  logger?: (level: number, message: string) => void;
  /** Is called with each new refresh token of a program that keeps them itself. Calls that return a token wait for its promise. */
  onRefreshToken?: (refreshToken: string) => unknown;
}

/** Holds a token. `console.log` and JSON do not show its text. */
export class Token {
  private constructor();
  readonly accessToken: string;
  /** The value of an Authorization header. */
  readonly authorization: string;
  readonly scope: string;
  readonly expiresAt: Date;
  /** Seconds from when this token was returned. */
  readonly expiresIn: number;
}

/** Says why there is no token. The message says what to do. */
export class SpotifyError extends Error {
  private constructor();
  /** The name of the error, such as `SPOTIFY_ERROR_INVALID_CLIENT`. */
  readonly code: string;
  /** The number of the error. */
  readonly number: number;
  /** The status of the last response; 0 where none came; undefined where none was asked for. */
  readonly httpStatus?: number;
  readonly oauthError?: string | null;
  /** Seconds to wait; 0 where the server named no time. */
  readonly retryAfter?: number;
}

/** Returns tokens for as long as the program runs. A program needs one. */
export class Client {
  constructor(options?: Options, callbacks?: Callbacks);
  /** Returns a valid token: from memory, or from the server. All callers that wait share one request. */
  token(): Promise<Token>;
  /** Returns the cached token, or null. Never waits for the network, and does not refresh the token. */
  cached(): Token | null;
  /** Drops this token, which the Web API rejected, from the cache; without one: whichever is cached. */
  invalidate(token?: Token | null): Promise<void>;
  /** Cancels the calls that wait, and frees the client when they have returned. Closing twice is fine. */
  close(): void;
}

/** Lets a user log in, once, in a browser. `wait` and `finish` may be called at the same time: the first to succeed ends the other. */
export class Login {
  private constructor();
  /** Begins a login. With `onRefreshToken`, nothing is stored. */
  static begin(options?: Options, callbacks?: Callbacks): Promise<Login>;
  /** The address to open in the user's browser. Do not log it. */
  readonly url: string;
  /** Waits until the browser comes back, stores the login and returns the token. `timeout` is in milliseconds. */
  wait(limits?: { timeout?: number; signal?: AbortSignal }): Promise<Token>;
  /** Completes the login with the address that the browser shows after it, or with its code. */
  finish(redirectedTo: string): Promise<Token>;
  /** Ends the login: calls that wait fail with SPOTIFY_ERROR_CANCELLED, and so do later ones. */
  cancel(): void;
  /** Cancels the login, and frees it when the calls that wait have returned. Closing twice is fine. */
  close(): void;
}

/** Forgets the stored login of the account that these options name. */
export function logout(options?: Options): Promise<void>;
