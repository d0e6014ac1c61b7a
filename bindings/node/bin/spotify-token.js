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
const child = spawn(command, process.argv.slice(2), { stdio: 'inherit' });
// The command decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
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
