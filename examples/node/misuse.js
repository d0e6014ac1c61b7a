// Does what a program must not do. The result is an error or nothing, and never a crash.

import { createRequire } from 'node:module';

import { Client } from 'libspotify-token';

const require = createRequire(import.meta.url);
const inside = (file) => require(`./node_modules/libspotify-token/lib/${file}`);
const { lib } = inside('library.js');
const { allocate } = inside('token.js');

const memory = allocate();
const pointer = lib.clientNew(null);
lib.tokenInto(pointer, memory);
lib.clear(memory);
lib.clear(memory);
lib.clientFree(pointer);
console.log('token cleared twice:', lib.authorization(memory));

const client = new Client();
await client.token();
client.close();
client.close();
console.log('client closed twice: nothing happens');

try {
  await client.token();
} catch (error) {
  console.log('used after close:', error.message);
}

try {
  new Client({ timeout_ms: 'soon' });
} catch (error) {
  console.log('bad option:', error.code);
}

const bad = () => {
  throw new Error('thrown by the logger');
};
const noisy = new Client({}, { logger: bad });
await noisy.token();
noisy.close();
console.log('logger raised: the token came all the same');
