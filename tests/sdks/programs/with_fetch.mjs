import { withToken } from 'libspotify-token/fetch';

import { ARTIST, run } from './sdk.mjs';

async function get(fetch, path) {
  const response = await fetch(`https://api.spotify.com/v1/${path}`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

await run((client) => withToken(client), {
  artist: async (fetch) => (await get(fetch, `artists/${ARTIST}`)).name,
  search: async (fetch) => (await get(fetch, 'search?q=pit&type=artist')).artists.items[0].name,
  me: async (fetch) => (await get(fetch, 'me')).display_name,
  playlists: async (fetch) => (await get(fetch, 'me/playlists')).items.map(({ name }) => name),
});
