// Ends with status 3 when a token that is due for refresh is refreshed in the background by the calls that return it.

import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'libspotify-token';

const client = new Client();
const first = await client.token();
await sleep(first.expiresIn * 500 + 200);
await client.token();
// Until the cache has another token, or none any more.
while (client.cached()?.accessToken === first.accessToken) await sleep(10);
process.exitCode = client.cached() ? 3 : 1;
