#!/usr/bin/env node
'use strict';

// Runs the command of this platform's package: `npx libspotify-token demo`.

const { spawn } = require('node:child_process');

const { installedFile, whyMissing } = require('../lib/platforms.js');

const command = installedFile('command');
if (command === undefined) {
  console.error(`spotify-token: ${whyMissing()}`);
  process.exit(69);
}
// The command decides when it ends. These come first: it may be ready, and told to end, before `spawn` has returned.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
const child = spawn(command, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (error) => {
  console.error(`spotify-token: cannot run ${command}: ${error.message}`);
  process.exitCode = 126;
});
child.on('exit', (status, signal) => {
  process.exitCode = status ?? 1;
  if (signal === null) return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
