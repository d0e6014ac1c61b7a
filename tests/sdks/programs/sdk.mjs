// What the programs for Node's SDKs share: see tests/sdks/sdk.rs for what they are told.

import { createInterface } from 'node:readline';
import { inspect } from 'node:util';

import { Client } from 'libspotify-token';

export const ARTIST = '0TnOYISbd1XYRBk9myaseg';
const CALLERS = 32;

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();

/** Makes as many calls at once, and returns the different results. */
async function atOnce(callers, call) {
  return [...new Set(await Promise.all(Array.from({ length: callers }, call)))].join(' ');
}

async function expire() {
  console.log('expire');
  await lines.next();
}

/** Runs what the arguments say. `make` makes the SDK's object with a client, `makeWithout` as people do without one. */
export async function run(make, { artist, search, me, playlists, makeWithout }) {
  const [mode, callers] = process.argv.slice(2);
  if (mode === 'app') {
    const spotify = make(new Client());
    for (const again of [false, true]) {
      if (again) await expire();
      console.log('artist:', await atOnce(CALLERS, () => artist(spotify)));
      console.log('search:', await search(spotify));
    }
  } else if (mode === 'user') {
    const spotify = make(new Client({ grant: 'user' }));
    for (const again of [false, true]) {
      if (again) await expire();
      console.log('me:', await me(spotify));
      console.log('playlists:', (await playlists(spotify)).join(', '));
    }
  } else {
    const spotify = mode === 'with' ? make(new Client()) : makeWithout();
    console.error(inspect(spotify, { depth: null }));
    console.log('ready');
    await lines.next();
    await atOnce(Number(callers), () => artist(spotify));
  }
  input.close();
}
