// Ends with status 3 after a worker that ended while a call was under way. A worker must not have a logger.

import { Worker, isMainThread } from 'node:worker_threads';

import { Client } from 'libspotify-token';

async function use(client) {
  for (;;) await client.invalidate(await client.token());
}

if (isMainThread) {
  new Worker(new URL(import.meta.url)).on('exit', (status) => process.exit(status));
} else {
  try {
    new Client({}, { logger: () => {} });
  } catch (error) {
    if (error instanceof TypeError) setTimeout(() => process.exit(3), 100);
  }
  use(new Client()).catch(() => {});
}
