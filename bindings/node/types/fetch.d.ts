import type { Client } from './index.js';

/**
 * Returns a function like `fetch` that adds a token of the client to each request. After a 401 it sends the request once more, with a
 * new token, unless its body is a stream.
 */
export function withToken(client: Client, fetch?: typeof globalThis.fetch): typeof globalThis.fetch;
