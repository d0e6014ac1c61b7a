// Uses the adapters with their types. The TypeScript compiler reads this file; nothing runs it.

import { SpotifyApi, type AccessToken, type IAuthStrategy } from '@spotify/web-api-ts-sdk';
import { Client } from 'libspotify-token';
import { withToken } from 'libspotify-token/fetch';
import { AuthStrategy } from 'libspotify-token/web-api-ts-sdk';

const client = new Client();
const strategy: IAuthStrategy = new AuthStrategy(client);
export const spotify = new SpotifyApi(strategy, { fetch: withToken(client, fetch) });
export const token: Promise<AccessToken> = strategy.getOrCreateAccessToken();

// @ts-expect-error: it needs a client
new AuthStrategy();
// @ts-expect-error: it needs a client
withToken(fetch);
