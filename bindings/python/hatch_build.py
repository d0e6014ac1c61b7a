"""Puts the library and the command into a wheel: those of SPOTIFY_TOKEN_PREFIX, which were built for SPOTIFY_TOKEN_TARGET.

Without these variables the wheel has Python code alone, and needs an installed library.
"""

import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The wheel's platform, the library and the command, for each target of the Rust compiler.
TARGETS = {
    "x86_64-unknown-linux-gnu": ("manylinux2014_x86_64", "lib/libspotify_token.so.0", "bin/spotify-token"),
    "aarch64-unknown-linux-gnu": ("manylinux2014_aarch64", "lib/libspotify_token.so.0", "bin/spotify-token"),
    "x86_64-unknown-linux-musl": ("musllinux_1_2_x86_64", "lib/libspotify_token.so.0", "bin/spotify-token"),
    "aarch64-unknown-linux-musl": ("musllinux_1_2_aarch64", "lib/libspotify_token.so.0", "bin/spotify-token"),
    "x86_64-pc-windows-gnu": ("win_amd64", "bin/spotify_token.dll", "bin/spotify-token.exe"),
}


class NativeFiles(BuildHookInterface):
    def initialize(self, version, build_data):
        target = os.environ.get("SPOTIFY_TOKEN_TARGET")
        if target is None:
            return
        platform, library, command = TARGETS[target]
        prefix = Path(os.environ["SPOTIFY_TOKEN_PREFIX"])
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(prefix / library)] = f"libspotify_token/{Path(library).name}"
        build_data["shared_scripts"][str(prefix / command)] = Path(command).name
