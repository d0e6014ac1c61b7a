import { SpotifyApi } from '@spotify/web-api-ts-sdk';
import { AuthStrategy } from 'libspotify-token/web-api-ts-sdk';

import { ARTIST, run } from './sdk.mjs';

await run((client) => new SpotifyApi(new AuthStrategy(client)), {
  artist: async (spotify) => (await spotify.artists.get(ARTIST)).name,
  search: async (spotify) => (await spotify.search('pit', ['artist'])).artists.items[0].name,
  me: async (spotify) => (await spotify.currentUser.profile()).display_name,
  playlists: async (spotify) => (await spotify.currentUser.playlists.playlists()).items.map(({ name }) => name),
  makeWithout: () => SpotifyApi.withClientCredentials(process.env.CLIENT_ID, process.env.CLIENT_SECRET),
});
