// Ends with status 3 while calls are under way and the library calls its logger.

import { Client } from 'libspotify-token';

async function use(client) {
  for (;;) await client.invalidate(await client.token());
}

const silent = new Client();
const talking = new Client({}, { logger: () => {} });
for (const client of [silent, talking, silent, talking]) use(client).catch(() => {});
setTimeout(() => process.exit(3), 100);
