-- Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
-- Needs LuaSocket, LuaSec and cjson (Debian: lua-socket lua-sec lua-cjson).
--
--     luajit artist.lua

local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local json = require("cjson")

local API = os.getenv("SPOTIFY_API_URL") or "https://api.spotify.com/v1"
local ARTIST = "0TnOYISbd1XYRBk9myaseg"

local function get(url, token)
    local body = {}
    local request = {
        url = url,
        headers = { Authorization = token.authorization },
        sink = ltn12.sink.table(body),
        redirect = false,
    }
    local ok, status = (url:find("^https:") and https or http).request(request)
    if not ok then error("the Web API: " .. tostring(status), 0) end
    return status, table.concat(body)
end

local function get_artist(client, artist)
    local url = API .. "/artists/" .. artist
    local token = client:token()
    local status, body = get(url, token)
    if status == 401 then
        -- The token was revoked before it expired: try once more with a new one.
        client:invalidate(token)
        status, body = get(url, client:token())
    end
    if status ~= 200 then error("the Web API responded with " .. status, 0) end
    return json.decode(body)
end

local function main()
    local client = require("libspotify_token").client()
    print(get_artist(client, ARTIST).name)
    client:close()
end

local ok, message = pcall(main)
if not ok then
    io.stderr:write(tostring(message), "\n")
    os.exit(1)
end
