//! The languages: where their binding and their example are, what these need, how they are built and run. The table in
//! docs/languages.md is made from this one, so that it lists what the tests run.

/// One way to use the library from a language. Lines of shell run in the example's folder, with the binding's folder in
/// `$BINDING` and the folder for what is built in `$OUT`; `$TARGET` is what cargo builds in.
pub struct Language {
    /// As people call it, with what the binding is made with.
    pub name: &'static str,
    /// Below `examples/`.
    pub folder: &'static str,
    /// Below `bindings/`, a package that the example imports; empty: the binding is in the example's folder, or there is none.
    pub binding: &'static str,
    /// Lines of shell that succeed where the tools are there.
    pub needs: &'static [&'static str],
    /// Builds the programs; empty: nothing to build.
    pub build: &'static str,
    /// Prints the artist.
    pub artist: &'static str,
    /// Prints the user's playlists; lets the user log in first, where nobody has. Empty: there is no such program.
    pub login: &'static str,
    /// Does what a program must not do; empty: there is no such program.
    pub misuse: &'static str,
    /// How the library gets into the process, or that it does not.
    pub loading: Loading,
    /// How it loads, for people.
    pub loads: &'static str,
    /// What a call that asks the server blocks, for people.
    pub blocks: &'static str,
    /// The file to read: in the binding's folder, or in the example's where there is no binding's.
    pub read: &'static str,
}

impl Language {
    /// The folder, below the source tree, of the file to read.
    pub fn folder_to_read(&self) -> String {
        match self.binding {
            "" => format!("examples/{}", self.folder),
            binding => format!("bindings/{binding}"),
        }
    }
}

/// When the shared library is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// By the loader, or by the binding: another library can be put in its place.
    Dynamic,
    /// Not at all: the library is part of a program.
    BuiltIn,
}

pub const C: Language = Language {
    name: "C",
    folder: "c",
    binding: "",
    needs: &["command -v cc", "pkg-config --exists libcurl"],
    build: "for program in artist login; do cc -std=c99 -Wall -Wextra -Wpedantic -Werror $program.c \
            $(pkg-config --cflags --libs spotify_token libcurl) -pthread -o \"$OUT/$program\" || exit; done",
    artist: "\"$OUT/artist\"",
    login: "\"$OUT/login\"",
    misuse: "",
    loading: Loading::Dynamic,
    loads: "linked, by pkg-config or CMake",
    blocks: "the calling thread",
    read: "artist.c",
};

pub const CPP: Language = Language {
    name: "C++",
    folder: "cpp",
    binding: "",
    needs: &["command -v c++", "pkg-config --exists libcurl"],
    build: "for program in artist login misuse; do c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror $program.cpp \
            $(pkg-config --cflags --libs spotify_token libcurl) -pthread -o \"$OUT/$program\" || exit; done",
    artist: "\"$OUT/artist\"",
    login: "\"$OUT/login\"",
    misuse: "\"$OUT/misuse\"",
    loading: Loading::Dynamic,
    loads: "linked, with `spotify_token.hpp`",
    blocks: "the calling thread",
    read: "artist.cpp",
};

pub const RUST: Language = Language {
    name: "Rust",
    folder: "rust",
    binding: "",
    needs: &["command -v cargo"],
    // A directory of its own, and always the same: what cargo tells its tests would make it build its own again.
    build: "cargo build --quiet --example artist --target-dir \"$TARGET/tmp/example\"",
    artist: "\"$TARGET/tmp/example/debug/examples/artist\"",
    login: "",
    misuse: "",
    loading: Loading::BuiltIn,
    loads: "the crate itself",
    blocks: "the calling thread; `spawn_blocking` in async code",
    read: "artist.rs",
};

pub const SHELL: Language = Language {
    name: "Shell",
    folder: "shell",
    binding: "",
    needs: &["command -v curl", "command -v dash"],
    build: "",
    artist: "dash artist.sh",
    login: "dash login.sh",
    misuse: "",
    loading: Loading::BuiltIn,
    loads: "the `spotify-token` command",
    blocks: "the script",
    read: "artist.sh",
};

pub const PYTHON: Language = Language {
    name: "Python (ctypes)",
    folder: "python",
    binding: "python",
    needs: &["command -v python3"],
    build: "",
    artist: "python3 artist.py",
    login: "python3 login.py",
    misuse: "python3 misuse.py",
    loading: Loading::Dynamic,
    loads: "`ctypes.CDLL`",
    blocks: "the calling thread until Ctrl-C; other threads go on",
    read: "libspotify_token/_client.py",
};

pub const PYTHON_ASYNC: Language = Language {
    name: "Python (asyncio)",
    folder: "python",
    binding: "python",
    needs: &["command -v python3"],
    build: "",
    artist: "python3 artist_async.py",
    login: "",
    misuse: "",
    loading: Loading::Dynamic,
    loads: "`ctypes.CDLL`",
    blocks: "one thread for any number of tasks",
    read: "libspotify_token/_client.py",
};

pub const NODE: Language = Language {
    name: "Node (koffi)",
    folder: "node",
    binding: "node",
    needs: &["node --eval 'require(\"koffi\")'"],
    // Where a program looks for packages, beside itself.
    build: "cp *.js package.json \"$PROGRAMS\"/*.mjs \"$OUT\" && mkdir \"$OUT/node_modules\" && \
            ln -s \"$BINDING\" \"$OUT/node_modules/libspotify-token\"",
    artist: "node \"$OUT/artist.js\"",
    login: "node \"$OUT/login.js\"",
    misuse: "node \"$OUT/misuse.js\"",
    loading: Loading::Dynamic,
    loads: "`koffi.load`",
    blocks: "one thread of the pool for any number of callers",
    read: "lib/client.js",
};

pub const GO: Language = Language {
    name: "Go (cgo)",
    folder: "go",
    binding: "go",
    needs: &["command -v go", "command -v cc"],
    build: "go build -o \"$OUT/artist\" . && cp -r go.mod \"$PROGRAMS/go\" \"$OUT\" && cd \"$OUT/go\" && mv ../go.mod . && \
            go mod edit -replace example.org/libspotify-token=\"$BINDING\" && go build -o \"$OUT/programs\" .",
    artist: "\"$OUT/artist\"",
    login: "\"$OUT/artist\" login",
    misuse: "\"$OUT/artist\" misuse",
    loading: Loading::Dynamic,
    loads: "linked, `#cgo pkg-config`",
    blocks: "one thread for any number of goroutines",
    read: "client.go",
};

pub const GO_COMMAND: Language = Language {
    name: "Go (without cgo)",
    folder: "go",
    binding: "go",
    needs: &["command -v go"],
    build: "CGO_ENABLED=0 go build -o \"$OUT/artist\" ./without_cgo",
    artist: "\"$OUT/artist\"",
    login: "",
    misuse: "",
    loading: Loading::BuiltIn,
    loads: "the `spotify-token` command",
    blocks: "one process for any number of goroutines",
    read: "command/client.go",
};

pub const RUBY: Language = Language {
    name: "Ruby (ffi)",
    folder: "ruby",
    binding: "ruby",
    needs: &["ruby -rffi -e ''"],
    build: "",
    artist: "ruby -W artist.rb",
    login: "ruby -W login.rb",
    misuse: "ruby -W misuse.rb",
    loading: Loading::Dynamic,
    loads: "`ffi_lib`",
    blocks: "the calling thread until it is interrupted; other threads go on",
    read: "lib/libspotify_token/client.rb",
};

pub const FIDDLE: Language = Language {
    name: "Ruby (Fiddle)",
    folder: "ruby",
    binding: "",
    needs: &["ruby -rfiddle -e ''"],
    build: "",
    artist: "ruby -W artist_fiddle.rb",
    login: "",
    misuse: "",
    loading: Loading::Dynamic,
    loads: "`dlload`",
    blocks: "the calling thread until it is interrupted; other threads go on",
    read: "artist_fiddle.rb",
};

pub const LUA: Language = Language {
    name: "LuaJIT",
    folder: "lua",
    binding: "lua",
    needs: &["luajit -e 'require(\"socket.http\"); require(\"ssl.https\"); require(\"cjson\")'"],
    build: "",
    artist: "luajit artist.lua",
    login: "luajit login.lua",
    misuse: "luajit misuse.lua",
    loading: Loading::Dynamic,
    loads: "`ffi.load`",
    blocks: "the process",
    read: "src/libspotify_token.lua",
};

/// `vendor/autoload.php`, which Composer makes, is found by `include_path`.
const PHP_AUTOLOAD: &str =
    "mkdir \"$OUT/vendor\" && echo \"<?php require '$BINDING/autoload.php';\" >\"$OUT/vendor/autoload.php\"";

pub const PHP: Language = Language {
    name: "PHP (FFI)",
    folder: "php",
    binding: "php",
    needs: &["php -d ffi.enable=1 -r 'FFI::cdef();'"],
    build: PHP_AUTOLOAD,
    artist: "php -d ffi.enable=1 -d include_path=\"$OUT\" artist.php",
    login: "php -d ffi.enable=1 -d include_path=\"$OUT\" login.php",
    misuse: "php -d ffi.enable=1 -d include_path=\"$OUT\" misuse.php",
    loading: Loading::Dynamic,
    loads: "`FFI::cdef`",
    blocks: "the process",
    read: "src/LibrarySource.php",
};

pub const PHP_COMMAND: Language = Language {
    name: "PHP (without FFI)",
    folder: "php",
    binding: "php",
    needs: &["command -v php"],
    build: PHP_AUTOLOAD,
    artist: "php -d ffi.enable=0 -d include_path=\"$OUT\" artist.php",
    login: "",
    misuse: "",
    loading: Loading::BuiltIn,
    loads: "the `spotify-token` command, where `ffi.enable` forbids FFI",
    blocks: "the process",
    read: "src/CommandSource.php",
};

pub const PERL: Language = Language {
    name: "Perl (FFI::Platypus)",
    folder: "perl",
    binding: "perl",
    needs: &["perl -MFFI::Platypus=2 -e ''"],
    build: "",
    artist: "perl artist.pl",
    login: "perl login.pl",
    misuse: "perl misuse.pl",
    loading: Loading::Dynamic,
    loads: "`FFI::Platypus->new`",
    blocks: "the process",
    read: "lib/SpotifyToken.pm",
};

pub const JAVA: Language = Language {
    name: "Java (JNA)",
    folder: "java",
    binding: "java",
    needs: &["command -v javac", "test -r \"${JNA_JAR:-/usr/share/java/jna.jar}\""],
    build: "javac -Xlint:all -Werror -cp \"$JNA_JAR\" -d \"$OUT\" \"$BINDING\"/src/libspotifytoken/*.java *.java \"$PROGRAMS\"/*.java",
    artist: "java -cp \"$JNA_JAR:$OUT\" Artist",
    login: "java -cp \"$JNA_JAR:$OUT\" Login",
    misuse: "java -cp \"$JNA_JAR:$OUT\" Misuse",
    loading: Loading::Dynamic,
    loads: "`Native.load`",
    blocks: "the calling thread until it is interrupted; `tokenAsync` blocks none",
    read: "src/libspotifytoken/Client.java",
};

pub const CSHARP: Language = Language {
    name: "C# (P/Invoke)",
    folder: "csharp",
    binding: "csharp",
    needs: &["command -v mcs", "command -v mono"],
    build: "mcs -langversion:7.1 -warnaserror -target:library -out:\"$OUT/SpotifyToken.dll\" \"$BINDING\"/src/*.cs && \
            cp \"$BINDING/SpotifyToken.dll.config\" \"$OUT\" && \
            for program in *.cs \"$PROGRAMS\"/*.cs; do mcs -langversion:7.1 -warnaserror \
            -out:\"$OUT/$(basename \"$program\" .cs).exe\" -r:\"$OUT/SpotifyToken.dll\" -r:System.Net.Http \
            -r:System.Runtime.Serialization \"$program\" || exit; done",
    artist: "mono \"$OUT/Artist.exe\"",
    login: "mono \"$OUT/Login.exe\"",
    misuse: "mono \"$OUT/Misuse.exe\"",
    loading: Loading::Dynamic,
    loads: "`DllImport`",
    blocks: "the calling thread until its token is cancelled; `TokenAsync` blocks none",
    read: "src/Client.cs",
};
