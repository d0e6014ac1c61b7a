'use strict';

// The packages with the library and the command, one a platform: `optionalDependencies`, of which npm installs the one that fits.

const { existsSync } = require('node:fs');
const path = require('node:path');

const LINUX = { os: 'linux', library: 'lib/libspotify_token.so.0', command: 'bin/spotify-token' };
const WINDOWS = { os: 'win32', library: 'bin/spotify_token.dll', command: 'bin/spotify-token.exe' };

/** By the target of the Rust compiler: what the package is for, and what it takes from an installed prefix. */
const PLATFORMS = {
  'x86_64-unknown-linux-gnu': { ...LINUX, cpu: 'x64', libc: 'glibc' },
  'aarch64-unknown-linux-gnu': { ...LINUX, cpu: 'arm64', libc: 'glibc' },
  'x86_64-unknown-linux-musl': { ...LINUX, cpu: 'x64', libc: 'musl' },
  'aarch64-unknown-linux-musl': { ...LINUX, cpu: 'arm64', libc: 'musl' },
  'x86_64-pc-windows-gnu': { ...WINDOWS, cpu: 'x64' },
};

/** Returns the name of a platform's package. */
function packageName({ os, cpu, libc }) {
  return ['libspotify-token', os, cpu, libc].filter(Boolean).join('-');
}

/** Returns which libc this process uses, where there are several. */
function libcOfThisProcess() {
  if (process.platform !== 'linux') return undefined;
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** Returns the platform of this process; undefined where there is no package for it. */
function thisPlatform() {
  const libc = libcOfThisProcess();
  const fits = (one) => one.os === process.platform && one.cpu === process.arch && one.libc === libc;
  return Object.values(PLATFORMS).find(fits);
}

/** Returns the path of a file, `library` or `command`, in the package of this platform; undefined where it is not installed. */
function installedFile(kind) {
  const platform = thisPlatform();
  if (platform === undefined) return undefined;
  try {
    const folder = path.dirname(require.resolve(`${packageName(platform)}/package.json`));
    const file = path.join(folder, path.basename(platform[kind]));
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Says why there is no file of this platform's package. */
function whyMissing() {
  const platform = thisPlatform();
  if (platform === undefined) return `there is no package for ${process.platform} on ${process.arch}. Build the library with "make install"`;
  return `the package ${packageName(platform)} is not installed. Install libspotify-token on this machine, with optional dependencies`;
}

module.exports = { PLATFORMS, installedFile, packageName, whyMissing };
