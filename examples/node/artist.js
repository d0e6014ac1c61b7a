// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//     npm install && node artist.js

const API = process.env.SPOTIFY_API_URL ?? 'https://api.spotify.com/v1';
const ARTIST = '0TnOYISbd1XYRBk9myaseg';

const get = (url, token) => fetch(url, { headers: { authorization: token.authorization } });

async function getArtist(client, artist) {
  const url = `${API}/artists/${artist}`;
  const token = await client.token();
  let answer = await get(url, token);
  if (answer.status === 401) {
    // The token was revoked before its time: one more try, with a new one.
    client.invalidate(token);
    answer = await get(url, await client.token());
  }
  if (!answer.ok) throw new Error(`the Web API answered ${answer.status}`);
  return answer.json();
}

try {
  const { Client } = await import('./spotify_token.js');
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
