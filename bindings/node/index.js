'use strict';

const { Client } = require('./lib/client.js');
const { SpotifyError } = require('./lib/errors.js');
const { Login, logout } = require('./lib/login.js');
const { Token } = require('./lib/token.js');

// As a literal, so that `import { Client } from 'libspotify-token'` works as well.
module.exports = { Client, Login, SpotifyError, Token, logout };
