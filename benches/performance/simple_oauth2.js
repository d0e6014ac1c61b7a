// A peer: one token with simple-oauth2, printed. Takes TOKEN_URL, CLIENT_ID and CLIENT_SECRET from the environment, and Node itself
// takes NODE_EXTRA_CA_CERTS.
const { ClientCredentials } = require('simple-oauth2');

const { origin, pathname } = new URL(process.env.TOKEN_URL);
const client = new ClientCredentials({
  client: { id: process.env.CLIENT_ID, secret: process.env.CLIENT_SECRET },
  auth: { tokenHost: origin, tokenPath: pathname },
});

client.getToken({}).then(({ token }) => console.log(token.access_token));
