#!/usr/bin/env python3
"""Lists the crates that are compiled into the command and the library for a target, or for several. Cargo knows them.

    dependencies.py licenses TARGET...   their names and licenses, and the text of each license once
    dependencies.py sbom TARGET          the same as a software bill of materials, in the format of CycloneDX 1.5

FEATURES in the environment are the features of the build, besides those that are always on.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LICENSE_FILES = re.compile("(UN)?LICEN[CS]E|COPYING|COPYRIGHT|NOTICE", re.IGNORECASE)


class Crates:
    """The crates below this one, without those that only build it: build scripts and macros."""

    def __init__(self, target: str):
        features = "cli " + os.environ.get("FEATURES", "")
        arguments = ["--format-version", "1", "--locked", "--filter-platform", target]
        arguments += ["--no-default-features", "--features", features]
        metadata = json.loads(subprocess.check_output(["cargo", "metadata", *arguments], cwd=ROOT))
        self.packages = {package["id"]: package for package in metadata["packages"]}
        self.nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        self.root = metadata["resolve"]["root"]
        found, left = set(), [self.root]
        while left:
            crate = left.pop()
            if crate not in found:
                found.add(crate)
                left += self.dependencies(crate)
        self.others = sorted((found - {self.root}), key=lambda crate: self.title(crate))

    def dependencies(self, crate: str) -> list[str]:
        """What is linked with a crate."""
        linked = [
            dependency["pkg"]
            for dependency in self.nodes[crate]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
        return [other for other in linked if not self.is_macro(other)]

    def is_macro(self, crate: str) -> bool:
        return any("proc-macro" in target["kind"] for target in self.packages[crate]["targets"])

    def title(self, crate: str) -> str:
        package = self.packages[crate]
        return f"{package['name']} {package['version']}"

    def license(self, crate: str) -> str:
        # An old way to write OR, which is in no standard.
        return self.packages[crate]["license"].replace("/", " OR ")


def licenses(*builds: Crates) -> str:
    """The text that has to be passed on with the binaries."""
    # A crate of several builds is the same in all of them.
    found = {build.title(crate): (build, crate) for build in builds for crate in build.others}
    others = sorted(found.items())
    lines = [
        f"{builds[0].title(builds[0].root)} contains these crates, and Rust's standard library",
        "(Apache-2.0, as in LICENSE-APACHE, or MIT). Their licenses follow.",
        "",
        *(f"{title}: {build.license(crate)}" for title, (build, crate) in others),
    ]
    users: dict[str, list[str]] = {}
    for title, (build, crate) in others:
        folder = pathlib.Path(build.packages[crate]["manifest_path"]).parent
        files = sorted(file for file in folder.iterdir() if LICENSE_FILES.match(file.name))
        if not files:
            sys.exit(f"dependencies.py: {title} comes without the text of its license")
        for file in files:
            text = file.read_text(encoding="utf-8").strip()
            users.setdefault(text, []).append(f"{title} ({file.name})")
    for text, names in users.items():
        lines += ["", "-" * 80, *names, "-" * 80, "", text]
    return "\n".join(lines) + "\n"


def sbom(crates: Crates) -> str:
    """The bill of materials. It has no time and no random number, so that it is the same for the same source."""
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"')
    checksums = {f"{name} {version}": checksum for name, version, checksum in entry.findall(lock)}

    def reference(crate: str) -> str:
        package = crates.packages[crate]
        return f"pkg:cargo/{package['name']}@{package['version']}"

    def component(crate: str, kind: str) -> dict[str, object]:
        package = crates.packages[crate]
        described: dict[str, object] = {
            "type": kind,
            "bom-ref": reference(crate),
            "name": package["name"],
            "version": package["version"],
            "description": package["description"].strip(),
            "licenses": [{"expression": crates.license(crate)}],
            "purl": reference(crate),
        }
        if crates.title(crate) in checksums:
            described["hashes"] = [{"alg": "SHA-256", "content": checksums[crates.title(crate)]}]
        if package["repository"]:
            described["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
        return described

    every = [crates.root, *crates.others]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": component(crates.root, "application"),
            "properties": [{"name": "cargo:target", "value": sys.argv[2]}],
        },
        "components": [component(crate, "library") for crate in crates.others],
        "dependencies": [
            {"ref": reference(crate), "dependsOn": sorted(map(reference, crates.dependencies(crate)))}
            for crate in every
        ],
    }
    return json.dumps(bill, indent=1) + "\n"


if __name__ == "__main__":
    write = {"licenses": licenses, "sbom": sbom}[sys.argv[1]]
    sys.stdout.write(write(*map(Crates, sys.argv[2:])))
