'use strict';

// Lays out the packages of the platforms beside that of the language, which gets them as optional dependencies. Part of package.sh:
// node stage.js NATIVE STAGE

const { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const { PLATFORMS, packageName } = require('./lib/platforms.js');

const [native, stage] = process.argv.slice(2);
const mainFile = path.join(stage, 'main', 'package.json');
const main = JSON.parse(readFileSync(mainFile));

function writeManifest(file, manifest) {
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

main.optionalDependencies = {};
for (const [target, platform] of Object.entries(PLATFORMS)) {
  const prefix = path.join(native, target);
  if (!existsSync(prefix)) continue;
  const name = packageName(platform);
  const folder = path.join(stage, target);
  mkdirSync(folder);
  for (const file of [platform.library, platform.command]) {
    copyFileSync(path.join(prefix, file), path.join(folder, path.basename(file)));
  }
  for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(path.join(stage, 'main', file), path.join(folder, file));
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
writeManifest(mainFile, main);
