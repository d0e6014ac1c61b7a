// Ends with status 3 in a logger that has closed its client, so that a thread of the pool waits for the logger.

import { Client } from 'libspotify-token';

let armed = false;
const end = () => {
  if (!armed) return;
  client.close();
  const start = Date.now();
  while (Date.now() - start < 50); // until the thread waits
  process.exit(3);
};
const client = new Client({}, { logger: end });
await client.token();
await new Promise((resolve) => setTimeout(resolve, 600));
armed = true;
await client.token();
// Refreshes go on in the background: this keeps the program from ending before the logger is called.
setInterval(() => {}, 1000);
