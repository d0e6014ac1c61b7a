// Prints how each way to log in ends. The test plays the browser: after a line `agree URL` or `decline URL` it writes the address
// that the browser is sent to.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const { Client, Login, logout } = await import(`${process.cwd()}/spotify_token.js`);

const USER = { grant: 'user', scope: 'playlist-read-private' };
const input = createInterface({ input: process.stdin });
const addresses = input[Symbol.asyncIterator]();

async function redirect(button, login) {
  console.log(`${button} ${login.url}`);
  return (await addresses.next()).value;
}

/** Opens an address as a browser does. The library refuses what `fetch` sends: a foreign page could do that too. */
async function open(address) {
  const [response] = await once(get(address), 'response');
  return text(response);
}

/** Says how a call ends. */
async function end(promise) {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return error.name === 'SpotifyError' ? [error.code, error.oauthError].filter(Boolean).join(' ') : error.name;
  }
}

/** Asks a new client, which has no error in its memory. */
async function tokenOf(options, functions) {
  const client = new Client({ ...USER, ...options }, functions);
  try {
    return await client.token();
  } finally {
    client.close();
  }
}

console.log('not logged in:', await end(tokenOf()));
console.log('bad option:', await end(Login.begin({ redirect_uri: 'http://localhost/callback' })));
console.log('NUL:', await end(Login.begin({ account: 'a\0b' })));

let login = await Login.begin(USER);
let turns = 0;
const counter = setInterval(() => (turns += 1), 1);
console.log('timeout:', await end(login.wait({ timeout: 250 })));
clearInterval(counter);
console.log('event loop:', turns > 20 ? 'goes on' : `${turns} turns`);
console.log('bad timeout:', await end(login.wait({ timeout: 'soon' })));
console.log('given up before:', await end(login.wait({ signal: AbortSignal.abort() })));
console.log('given up:', await end(login.wait({ signal: AbortSignal.timeout(150) })));

const many = await Promise.all(Array.from({ length: 8 }, (_, index) => Login.begin({ ...USER, account: `many-${index}` })));
const waits = many.map((one) => end(one.wait()));
await readFile(new URL(import.meta.url));
console.log('pool: goes on');
many.forEach((one) => one.cancel());
console.log('cancelled:', ...new Set(await Promise.all(waits)));
console.log('waits after that:', await end(many[0].wait()));
many.forEach((one) => one.close());

let wait = login.wait();
const page = await open(await redirect('agree', login));
let token = await wait;
console.log('browser:', page.includes('You are logged in') && token.scope);
console.log('waits again:', (await login.wait()).accessToken === token.accessToken);
login.close();
login.close();
console.log('closed:', await end(login.wait()), await end(login.finish('x')));
console.log('client:', (await tokenOf()).accessToken === token.accessToken);
const { stdout } = await promisify(execFile)('spotify-token', ['token', '--user']);
console.log('other process:', stdout.trim() === token.accessToken);
console.log('lacks a scope:', await end(tokenOf({ scope: 'user-library-read' })));

login = await Login.begin(USER);
wait = login.wait();
console.log('wrong state:', await end(login.finish('http://127.0.0.1/callback?code=x&state=y')));
token = await login.finish(`${await redirect('agree', login)}\n`);
console.log('pasted:', token.scope, (await wait).accessToken === token.accessToken);
login.close();

login = await Login.begin(USER);
wait = end(login.wait());
await open(await redirect('decline', login));
console.log('declined:', await wait);
login.close();

login = await Login.begin(USER);
wait = end(login.wait());
await sleep(20);
login.close();
console.log('closed while it waits:', await wait);

console.log('logout:', await end(logout(USER)), await end(logout(USER)), await end(tokenOf()));

const kept = [];
login = await Login.begin(USER, { onRefreshToken: (refreshToken) => kept.push(refreshToken) });
await login.finish(await redirect('agree', login));
login.close();
console.log('kept:', kept.length, 'stored:', await end(tokenOf()));

/** Takes its time, and fails in the end. */
async function keep(refreshToken) {
  await sleep(50);
  kept.push(refreshToken);
  throw undefined;
}

// It is closed when this program has nothing more to do, and opened again. By then its first refresh token is revoked.
const client = new Client({ ...USER, refresh_token: kept[0] }, { onRefreshToken: keep });
await client.token();
console.log('rotated:', kept.length, kept[0] !== kept[1]);
process.once('beforeExit', async () => {
  await client.token();
  console.log('opened again:', kept.length, new Set(kept).size);
});
input.close();
