// Ends with status 3 at Ctrl-C, while a call waits for the server.

import { Client } from 'libspotify-token';

process.on('SIGINT', () => process.exit(3));
await new Client({}, { logger: () => {} }).token();
