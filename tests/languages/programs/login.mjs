// Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Client, Login, logout } from 'libspotify-token';

const USER = { grant: 'user', scope: 'playlist-read-private' };
const input = createInterface({ input: process.stdin });
const addresses = input[Symbol.asyncIterator]();

function row(name, ...values) {
  console.log(`${name}: ${values.join(', ')}`);
}

/** Asks the test to play the browser while this program waits. */
function browser(action, login) {
  console.log(`${action} ${login.url}`);
}

/** Asks the test for the address that the browser shows in the end. */
async function address(login) {
  browser('agree', login);
  return (await addresses.next()).value;
}

/** Says how a call ends. */
async function end(promise) {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error.message.includes('closed')) return 'closed';
    return error.name === 'SpotifyError' ? [error.code, error.oauthError].filter(Boolean).join(' ') : error.name;
  }
}

async function message(pattern, promise) {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return error.message.match(pattern)?.[0] ?? error.message;
  }
}

const same = (one, other) => (one === other ? 'same token' : 'another token');

/** Asks a new client, which has no error in its memory. */
async function tokenOf(options, functions) {
  const client = new Client({ ...USER, ...options }, functions);
  try {
    return await client.token();
  } finally {
    client.close();
  }
}

row('not logged in', await end(tokenOf()));
row('bad option', await end(Login.begin({ redirect_uri: 'http://localhost/callback' })));
row('NUL in a name', await end(Login.begin({ ['account\0']: 'x' })));
row('NUL in a value', await end(Login.begin({ account: 'a\0b' })));
(await Login.begin({ ...USER, account: null })).close();
row('option without a value', 'ignored');
const nowhere = { ...USER, logins: 'file:/dev/null/\u00fc' };
row('cannot begin', await end(Login.begin(nowhere)), `names ${await message(/\/dev\/null\/\p{L}/u, Login.begin(nowhere))}`);

let login = await Login.begin(USER);
let turns = 0;
const counter = setInterval(() => (turns += 1), 1);
row('time is up', `${await end(login.wait({ timeout: 250 }))} ${await message(/within \d+ ms/, login.wait({ timeout: 250 }))}`);
clearInterval(counter);
const own = [
  ['event loop', turns > 20 ? 'goes on' : `${turns} turns`],
  ['bad timeout', await end(login.wait({ timeout: 'soon' }))],
  ['given up before', await end(login.wait({ signal: AbortSignal.abort() }))],
];
row('given up', (await end(login.wait({ signal: AbortSignal.timeout(150) }))) === 'TimeoutError' ? 'at once' : 'late');
row('empty line', await end(login.finish('\n')));
row('NUL in the address', await end(login.finish('a\0b')));
row('address in another alphabet', await end(login.finish('\u00fc')));
row('wrong state', await end(login.finish('http://127.0.0.1/callback?code=x&state=y')));

const many = await Promise.all(Array.from({ length: 8 }, (_, index) => Login.begin({ ...USER, account: `many-${index}` })));
const waits = many.map((one) => end(one.wait()));
await readFile(new URL(import.meta.url));
own.push(['pool', 'goes on']);
many.forEach((one) => one.cancel());
const cancelled = [...new Set(await Promise.all(waits)), await end(many[0].wait())];
many.forEach((one) => one.close());

browser('browse', login);
let token = await login.wait();
row('browser', token.scope);
const again = [await login.wait(), await login.finish('x')];
if (again.every((one) => one.accessToken === token.accessToken)) row('finished', 'waits again', 'pastes again');
login.close();
login.close();
login.cancel();
row('closed twice', await end(login.wait()), await end(login.finish('x')));
row('client', same((await tokenOf()).accessToken, token.accessToken));
const { stdout } = await promisify(execFile)('spotify-token', ['token', '--user']);
row('other process', same(stdout.trim(), token.accessToken));
row('lacks a scope', await end(tokenOf({ scope: 'user-library-read' })));

login = await Login.begin(USER);
let wait = login.wait();
token = await login.finish(`${await address(login)}\n`);
row('pasted', token.scope);
row('pasted while it waits', same((await wait).accessToken, token.accessToken));
login.close();

login = await Login.begin(USER);
browser('decline', login);
row('declined', await end(login.wait()));
login.close();
row('cancelled while it waits', ...cancelled);

login = await Login.begin(USER);
wait = end(login.wait());
await sleep(20);
login.close();
row('closed while it waits', ['closed', 'SPOTIFY_ERROR_CANCELLED'].includes(await wait) ? 'ended' : await wait);

row('logout', await end(logout(USER)), await end(logout(USER)), await end(tokenOf()));

const kept = [];
login = await Login.begin(USER, { onRefreshToken: (refreshToken) => kept.push(refreshToken) });
await login.finish(await address(login));
login.close();
row('kept', kept.length, await end(tokenOf()));

/** Takes its time, and fails in the end. */
async function keep(refreshToken) {
  await sleep(50);
  kept.push(refreshToken);
  throw undefined;
}

// It is closed when this program has nothing more to do, and opened again. By then its first refresh token is revoked.
const client = new Client({ ...USER, refresh_token: kept[0] }, { onRefreshToken: keep });
await client.token();
row('rotated', kept.length, kept[0] !== kept[1] ? 'another' : 'the same');
own.forEach((line) => row(...line));
process.once('beforeExit', async () => {
  await client.token();
  row('opened again', kept.length, new Set(kept).size);
});
input.close();
