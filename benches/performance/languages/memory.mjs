// Prints what a cached token costs in Node, in nanoseconds a call: with the binding, and with simple-oauth2 where it is there.

import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(import.meta.url);
const { Client } = require('libspotify-token');

const ROUNDS = 21;
const CALLS = 2000;

async function simpleOauth2() {
  let ClientCredentials;
  try {
    ({ ClientCredentials } = require('simple-oauth2'));
  } catch {
    return {};
  }
  const { origin, pathname } = new URL(process.env.SPOTIFY_TOKEN_URL);
  const credentials = new ClientCredentials({
    client: { id: process.env.CLIENT_ID, secret: process.env.CLIENT_SECRET },
    auth: { tokenHost: origin, tokenPath: pathname },
  });
  let token = await credentials.getToken({});
  // As its documentation has it.
  const call = async () => {
    if (token.expired(300)) token = await credentials.getToken({});
    return token.token.access_token;
  };
  return { 'simple-oauth2': call };
}

async function timed(call) {
  const start = process.hrtime.bigint();
  for (let calls = 0; calls < CALLS; calls += 1) await call();
  return Number(process.hrtime.bigint() - start) / CALLS;
}

const client = new Client();
const calls = Object.entries({ 'the binding': () => client.token(), ...(await simpleOauth2()) });
const times = calls.map(() => []);
for (const [, call] of calls) await call();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [at, [, call]] of calls.entries()) times[at].push(await timed(call));
}
for (const [at, [name]] of calls.entries()) {
  console.log(`${name}\t${times[at].sort((one, other) => one - other)[ROUNDS >> 1]}`);
}
client.close();
