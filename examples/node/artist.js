// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     npm install && node artist.js

const API = process.env.SPOTIFY_API_URL ?? 'https://api.spotify.com/v1';
const ARTIST = '0TnOYISbd1XYRBk9myaseg';

const get = (url, token) => fetch(url, { headers: { authorization: token.authorization } });

async function getArtist(client, artist) {
  const url = `${API}/artists/${artist}`;
  const token = await client.token();
  let response = await get(url, token);
  if (response.status === 401) {
    // The token was revoked before it expired: try once more with a new one.
    await client.invalidate(token);
    response = await get(url, await client.token());
  }
  if (!response.ok) throw new Error(`the Web API responded with ${response.status}`);
  return response.json();
}

try {
  const { Client } = await import('libspotify-token');
  const client = new Client();
  try {
    console.log((await getArtist(client, ARTIST)).name);
  } finally {
    client.close();
  }
} catch (error) {
  console.error(`${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
