'use strict';

// Loads the C library, and refuses one that this package cannot use.

const koffi = require('koffi');

const { CToken, FUNCTIONS, IDENTITY } = require('./c_types.js');
const { installedFile, whyMissing } = require('./platforms.js');

const ABI_VERSION = 0;

const FILE_NAMES = { darwin: `libspotify_token.${ABI_VERSION}.dylib`, win32: 'spotify_token.dll' };
const FILE_NAME = FILE_NAMES[process.platform] ?? `libspotify_token.so.${ABI_VERSION}`;

/** Opens the file that SPOTIFY_TOKEN_LIBRARY names, or that of this platform's package, or what the system's loader finds. */
function open() {
  const path = process.env.SPOTIFY_TOKEN_LIBRARY || installedFile('library');
  try {
    return { path: path ?? FILE_NAME, library: koffi.load(path ?? FILE_NAME) };
  } catch (cause) {
    throw new Error(`${path ?? FILE_NAME}: ${cause.message}${path ? '' : `; ${whyMissing()}`}`, { cause });
  }
}

/** Declares functions of the library. */
function declare({ path, library }, functions) {
  try {
    const declared = Object.entries(functions).map(([name, declaration]) => [name, library.func(declaration)]);
    return Object.fromEntries(declared);
  } catch (cause) {
    const problem = `${path} is not spotify-token, or an older version than this package needs`;
    throw new Error(`${problem}: ${cause.message}`, { cause });
  }
}

function load() {
  const opened = open();
  const identity = declare(opened, IDENTITY);
  const abi = identity.abiVersion();
  if (abi !== ABI_VERSION || Number(identity.tokenSize()) !== koffi.sizeof(CToken)) {
    const found = `${opened.path} is spotify-token ${identity.version()} with ABI ${abi}`;
    throw new Error(`${found}; this package needs ABI ${ABI_VERSION}`);
  }
  return declare(opened, FUNCTIONS);
}

module.exports = { lib: load() };
