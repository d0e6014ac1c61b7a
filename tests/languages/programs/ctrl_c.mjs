// Ends with status 3 at Ctrl-C, while a call waits for the server.

const { Client } = await import(`${process.cwd()}/spotify_token.js`);

process.on('SIGINT', () => process.exit(3));
await new Client({}, { logger: () => {} }).token();
