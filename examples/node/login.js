// Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
// http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
//
//     npm install && node login.js

import { createInterface } from 'node:readline';

const API = process.env.SPOTIFY_API_URL ?? 'https://api.spotify.com/v1';
const OPTIONS = { grant: 'user', scope: 'playlist-read-private' };

async function getPlaylists(token) {
  const response = await fetch(`${API}/me/playlists`, { headers: { authorization: token.authorization } });
  if (!response.ok) throw new Error(`the Web API responded with ${response.status}`);
  return (await response.json()).items;
}

async function logIn(Login) {
  const login = await Login.begin(OPTIONS);
  console.error(`Open this address in a browser, and agree:\n${login.url}`);
  const pasted = createInterface({ input: process.stdin });
  // The first of the two to succeed ends the other.
  pasted.on('line', (line) => login.finish(line).catch((error) => console.error(error.message)));
  try {
    return await login.wait();
  } finally {
    pasted.close();
    login.close();
  }
}

async function getToken(client, Login) {
  try {
    return await client.token();
  } catch (error) {
    if (error.code !== 'SPOTIFY_ERROR_LOGIN_REQUIRED') throw error;
    return logIn(Login);
  }
}

try {
  const { Client, Login } = await import('libspotify-token');
  const client = new Client(OPTIONS);
  try {
    for (const { name } of await getPlaylists(await getToken(client, Login))) console.log(name);
  } finally {
    client.close();
  }
} catch (error) {
  console.error(`${error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
