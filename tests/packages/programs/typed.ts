// Uses every public name with its types. The TypeScript compiler reads this file, as an ES module and as a CommonJS one; nothing
// runs it.

import { Client, Login, SpotifyError, Token, logout, type Callbacks, type Options } from 'libspotify-token';

const options: Options = { timeout_ms: 5000, cache: 'file', account: null, scope: undefined };
const callbacks: Callbacks = {
  logger: (level: number, message: string) => console.log(level + 1, message.length),
  onRefreshToken: async (refreshToken: string) => console.log(refreshToken.length),
};

function read(token: Token): [string, string, string, Date, number] {
  return [token.accessToken, token.authorization, token.scope, token.expiresAt, token.expiresIn];
}

export async function use(): Promise<void> {
  const client = new Client(options, callbacks);
  try {
    await client.invalidate(await client.token());
    await client.invalidate();
  } catch (error) {
    if (error instanceof SpotifyError) {
      const status: number | undefined = error.httpStatus;
      const reason: string | null | undefined = error.oauthError;
      console.log(error.code.length, error.number + 1, error.retryAfter, status, reason);
    }
  }
  const cached: Token | null = client.cached();
  if (cached) read(cached);
  client.close();
  const login = await Login.begin({ grant: 'user' }, callbacks);
  read(await login.wait({ timeout: 500, signal: AbortSignal.timeout(500) }));
  read(await login.wait());
  read(await login.finish(login.url));
  login.cancel();
  login.close();
  await logout({ account: 'default' });
}

// @ts-expect-error: a token comes from the library alone
new Token();
// @ts-expect-error: a login is begun
new Login();
// @ts-expect-error: an option is text or a number
new Client({ timeout_ms: true });
