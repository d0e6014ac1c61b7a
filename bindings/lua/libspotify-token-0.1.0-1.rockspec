rockspec_format = "3.0"
package = "libspotify-token"
version = "0.1.0-1"
description = {
    summary = "Spotify Web API tokens: cached, refreshed ahead, shared by any number of processes",
    license = "MIT OR Apache-2.0",
    labels = { "spotify", "oauth2", "luajit", "ffi" },
}
-- package.sh makes the rocks from the sources beside this file.
source = { url = "file://." }
dependencies = { "lua == 5.1" } -- LuaJIT
build = {
    type = "builtin",
    modules = { libspotify_token = "src/libspotify_token.lua" },
    install = {
        lib = { ["libspotify_token.native"] = "native.so" },
        bin = { "spotify-token" },
    },
    copy_directories = { "licenses" },
}
