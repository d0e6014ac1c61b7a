// Ends with status 3 while the library refreshes a token in the background and calls its logger.

import { Client } from 'libspotify-token';

const client = new Client({}, { logger: () => {} });
await client.token();
// The next call starts the refresh. It does not wait for it, and neither does this program.
await new Promise((resolve) => setTimeout(resolve, 600));
await client.token();
process.exitCode = 3;
