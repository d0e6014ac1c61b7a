// Ends with status 3 when a client that is closed has ended the calls under way and logs nothing any more.

import { Client } from 'libspotify-token';

const messages = [];
let begun;
const request = new Promise((resolve) => (begun = resolve));
const client = new Client({}, { logger: (_level, message) => begun(messages.push(message)) });
const calls = Promise.allSettled([client.token(), client.token()]);
await request;
client.close();
const ended = await calls;
const logged = messages.length;
await new Promise((resolve) => setTimeout(resolve, 200));
const closed = ended.every(({ reason }) => reason?.code === 'SPOTIFY_ERROR_CANCELLED');
if (!closed || messages.length !== logged) throw new Error(`${JSON.stringify(ended)}, ${messages}`);
process.exitCode = 3;
