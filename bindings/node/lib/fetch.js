'use strict';

// A token for each request, and one more try after a 401.

/** Tells whether a body can be sent again. A stream was read by the first request. */
function canBeSentAgain(body) {
  return typeof body?.[Symbol.asyncIterator] !== 'function';
}

/**
 * Returns a function like `fetch` that adds a token of the client to each request. After a 401 it sends the request once more, with a
 * new token.
 */
function withToken(client, fetch = globalThis.fetch) {
  return async (input, init = {}) => {
    const isRequest = input instanceof Request;
    const send = (token) => {
      const headers = new Headers(init.headers ?? (isRequest ? input.headers : undefined));
      headers.set('authorization', token.authorization);
      // A copy, since a request can be sent once.
      return fetch(isRequest ? input.clone() : input, { ...init, headers });
    };
    const token = await client.token();
    const response = await send(token);
    if (response.status !== 401 || !canBeSentAgain(init.body)) return response;
    await response.body?.cancel();
    await client.invalidate(token);
    return send(await client.token());
  };
}

module.exports = { withToken };
