-- What a program must not do, and what then happens: an error in Lua's manner, or nothing. Never a crash.

local spotify = require("spotify_token")

local raw = spotify.allocate()
local client = spotify.client()
spotify.lib.spotify_client_token_into(client.pointer, raw)
spotify.lib.spotify_token_clear(raw)
spotify.lib.spotify_token_clear(raw)
print("token cleared twice: " .. tostring(raw.access_token))

client:close()
client:close()
print("client closed twice: nothing happens")

local _, message = pcall(client.token, client)
print("used after close: " .. message)

local _, refusal = pcall(spotify.client, { timeout_ms = "soon" })
print("bad option: " .. refusal.name)

print("logger raised: there is no logger in LuaJIT")
