-- Does what a program must not do. The result is an error or nothing, and never a crash.

local spotify = require("libspotify_token")

local c_token = spotify.allocate()
local client = spotify.client()
spotify.lib.spotify_client_token_into(client.pointer, c_token)
spotify.lib.spotify_token_clear(c_token)
spotify.lib.spotify_token_clear(c_token)
print("token cleared twice: " .. tostring(c_token.access_token))

client:close()
client:close()
print("client closed twice: nothing happens")

local _, message = pcall(client.token, client)
print("used after close: " .. message)

local _, refusal = pcall(spotify.client, { timeout_ms = "soon" })
print("bad option: " .. refusal.name)

print("logger raised: there is no logger in LuaJIT")
