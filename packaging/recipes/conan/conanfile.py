"""The library for C and C++ as Conan installs it: from the archive of a release. conandata.yml names the archives."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, get


class SpotifyToken(ConanFile):
    name = "spotify-token"
    description = "Access tokens for the Spotify Web API"
    license = "MIT OR Apache-2.0"
    topics = ("spotify", "oauth2", "token")
    package_type = "library"
    settings = "os", "arch"
    options = {"shared": [True, False]}
    default_options = {"shared": True}

    def set_version(self):
        self.version = self.version or next(iter(self.conan_data["sources"]))

    def _archive(self):
        return self.conan_data["sources"][self.version].get(f"{self.settings.os}-{self.settings.arch}")

    def validate(self):
        if not self._archive():
            raise ConanInvalidConfiguration(f"there is no archive for {self.settings.os} on {self.settings.arch}")

    def build(self):
        get(self, **self._archive(), strip_root=True)

    def package(self):
        def folder(pattern, name):
            copy(self, pattern, os.path.join(self.build_folder, name), os.path.join(self.package_folder, name))

        folder("*", "bin")
        folder("*", "include")
        folder("libspotify_token.so*" if self.options.shared else "*.a", "lib")
        licenses = os.path.join(self.build_folder, "share", "doc", "spotify-token")
        copy(self, "*LICENSE*", licenses, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        kind = "shared" if self.options.shared else "static"
        self.cpp_info.set_property("cmake_file_name", "spotify_token")
        self.cpp_info.set_property("cmake_target_name", f"spotify_token::{kind}")
        self.cpp_info.set_property("pkg_config_name", "spotify_token")
        self.cpp_info.libs = ["spotify_token"]
        if not self.options.shared:
            self.cpp_info.system_libs = ["gcc_s", "pthread", "dl", "m"]
