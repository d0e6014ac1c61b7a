//! The rock.

use crate::holds;
use crate::package::{NAME, Package};

const LUA: Package = Package {
    language: "LuaJIT",
    name: NAME,
    binding: "lua",
    needs: &["command -v luarocks", "command -v zip", "command -v unzip"],
    dependencies: "",
    tools: &[
        "chmod", "cp", "cut", "grep", "head", "lua-any", "luajit", "luarocks", "ls", "mkdir", "mv", "rm", "rmdir",
        "sed", "uname", "unzip",
    ],
    // The folder that LuaRocks makes once and for all, and in which it leaves its list.
    prepare: "mkdir -p lib/luarocks/rocks-5.1",
    path: "bin",
    variables: &[
        ("LUA_PATH", "share/lua/5.1/?.lua;;"),
        ("LUA_CPATH", "lib/lua/5.1/?.so;;"),
    ],
    local: "--tree . \"$FILES/libspotify-token-0.1.0-1.linux-$(uname -m).rock\"",
    artist: "luajit \"$EXAMPLES/lua/artist.lua\"",
    uninstall: "luarocks --lua-version 5.1 remove --tree . libspotify-token && rm lib/luarocks/rocks-5.1/manifest",
};

#[test]
fn lua() {
    holds(&LUA, |installed| installed.brings_the_command());
}
