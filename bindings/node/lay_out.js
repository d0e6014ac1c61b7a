'use strict';

// Lays out the packages of the platforms in the folder `platforms`, and makes them optional dependencies of the package that is here.
// Part of package.sh: node lay_out.js NATIVE

const { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const { PLATFORMS, packageName } = require('./lib/platforms.js');

const native = process.argv[2];
const main = JSON.parse(readFileSync('package.json'));

function writeManifest(file, manifest) {
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

main.optionalDependencies = {};
for (const [target, platform] of Object.entries(PLATFORMS)) {
  const prefix = path.join(native, target);
  if (!existsSync(prefix)) continue;
  const name = packageName(platform);
  const folder = path.join('platforms', target);
  mkdirSync(folder, { recursive: true });
  for (const file of [platform.library, platform.command]) {
    copyFileSync(path.join(prefix, file), path.join(folder, path.basename(file)));
  }
  for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(file, path.join(folder, file));
  writeFileSync(path.join(folder, 'README.md'), `The library and the command of libspotify-token for ${target}.\n`);
  writeManifest(path.join(folder, 'package.json'), {
    name,
    version: main.version,
    description: `libspotify-token for ${target}`,
    license: main.license,
    os: [platform.os],
    cpu: [platform.cpu],
    libc: platform.libc && [platform.libc],
    preferUnplugged: true,
  });
  main.optionalDependencies[name] = main.version;
}
writeManifest('package.json', main);
