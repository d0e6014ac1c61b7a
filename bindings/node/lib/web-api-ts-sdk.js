'use strict';

// Tokens for @spotify/web-api-ts-sdk: `new SpotifyApi(new AuthStrategy(client))`.

/** Returns a token as the SDK has it. */
function sdkToken(token) {
  return {
    access_token: token.accessToken,
    token_type: 'Bearer',
    expires_in: token.expiresIn,
    expires: token.expiresAt.getTime(),
    refresh_token: '',
  };
}

/** Returns tokens to the SDK, as its own strategies do, and lets it send a request once more after a 401. */
class AuthStrategy {
  #client;
  // The newest token that the SDK was given, and the one before.
  #given = [];

  constructor(client) {
    this.#client = client;
  }

  /** Is called by the SDK. */
  setConfiguration(configuration) {
    const { fetch } = configuration;
    configuration.fetch = async (url, options) => {
      const response = await fetch(url, options);
      // The SDK may have changed to another strategy, whose tokens are not ours.
      const isPresented = (token) => token?.authorization === options.headers.Authorization;
      const rejected = response.status === 401 && this.#given.find(isPresented);
      if (!rejected) return response;
      await response.body?.cancel();
      await this.#client.invalidate(rejected);
      const { authorization } = await this.#give();
      return fetch(url, { ...options, headers: { ...options.headers, Authorization: authorization } });
    };
  }

  async getOrCreateAccessToken() {
    return sdkToken(await this.#give());
  }

  async getAccessToken() {
    const token = this.#client.cached();
    return token && sdkToken(token);
  }

  removeAccessToken() {
    // It fails when the client is closed, and then it has no token.
    this.#client.invalidate().catch(() => {});
  }

  async #give() {
    const token = await this.#client.token();
    const [newest] = this.#given;
    if (token.authorization !== newest?.authorization) this.#given = [token, newest];
    return token;
  }
}

module.exports = { AuthStrategy };
