import type { AccessToken, IAuthStrategy, SdkConfiguration } from '@spotify/web-api-ts-sdk';

import type { Client } from './index.js';

/** Returns tokens to the SDK, as its own strategies do, and lets it send a request once more after a 401. */
export class AuthStrategy implements IAuthStrategy {
  constructor(client: Client);
  setConfiguration(configuration: SdkConfiguration): void;
  getOrCreateAccessToken(): Promise<AccessToken>;
  getAccessToken(): Promise<AccessToken | null>;
  removeAccessToken(): void;
}
