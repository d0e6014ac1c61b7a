// Ends with status 3 while a login exchanges a code and a thread of the pool waits for this logger.

import { Login } from 'libspotify-token';

const login = await Login.begin({}, { logger: () => process.exit(3), onRefreshToken: () => {} });
const state = new URL(login.url).searchParams.get('state');
login.wait().catch(() => {});
login.finish(`?code=x&state=${state}`).catch(() => {});
