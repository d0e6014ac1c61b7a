-- Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
-- http://127.0.0.1/callback. With the argument "paste", it takes the address that the browser shows in the end from the terminal.
-- Needs LuaSocket, LuaSec and cjson (Debian: lua-socket lua-sec lua-cjson).
--
--     luajit login.lua [paste]

local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local json = require("cjson")

local API = os.getenv("SPOTIFY_API_URL") or "https://api.spotify.com/v1"
local OPTIONS = { grant = "user", scope = "playlist-read-private" }

-- Says whether the login can still be completed. Throws what has ended it.
local function goes_on(spotify, login)
    local ok, reason = pcall(login.wait, login, 0)
    if not ok and reason.code ~= spotify.TIMEOUT then error(reason, 0) end
    return not ok
end

local function take_pasted(spotify, login)
    for line in io.lines() do
        local ok, message = pcall(login.finish, login, line)
        if ok then return end
        io.stderr:write(tostring(message), "\n")
        if not goes_on(spotify, login) then return end
    end
    login:wait()
end

local function log_in(spotify)
    local login = spotify.login(OPTIONS)
    io.stderr:write("Open this address in a browser, and agree:\n", login.url, "\n")
    if arg[1] == "paste" then take_pasted(spotify, login) else login:wait() end
    login:close()
end

local function get_token(spotify, client)
    local ok, token = pcall(client.token, client)
    if ok then return token end
    if type(token) ~= "table" or token.code ~= spotify.LOGIN_REQUIRED then error(token, 0) end
    log_in(spotify)
    return client:token()
end

local function main()
    local spotify = require("libspotify_token")
    local client = spotify.client(OPTIONS)
    local token, body, url = get_token(spotify, client), {}, API .. "/me/playlists"
    local request = { url = url, headers = { Authorization = token.authorization }, sink = ltn12.sink.table(body) }
    local ok, status = (url:find("^https:") and https or http).request(request)
    if not ok then error("the Web API: " .. tostring(status), 0) end
    if status ~= 200 then error("the Web API responded with " .. status, 0) end
    for _, playlist in ipairs(json.decode(table.concat(body)).items) do print(playlist.name) end
    client:close()
end

local ok, message = pcall(main)
if not ok then
    io.stderr:write(tostring(message), "\n")
    os.exit(1)
end
