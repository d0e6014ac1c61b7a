-- Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.

local spotify = require("libspotify_token")

io.stdout:setvbuf("no")

local function row(name, ...) print(name .. ": " .. table.concat({ ... }, ", ")) end

-- Says how a call ends.
local function how(call, ...)
    local ok, reason = pcall(call, ...)
    if ok then return "done" end
    if type(reason) == "string" then return reason:find("closed", 1, true) and "closed" or reason end
    return reason.name .. (reason.oauth_error and " " .. reason.oauth_error or "")
end

local function message(pattern, call, ...)
    local ok, reason = pcall(call, ...)
    return ok and "done" or reason.message:match(pattern) or reason.message
end

local function user(options)
    options = options or {}
    options.grant, options.scope = "user", options.scope or "playlist-read-private"
    return options
end

-- Asks the test to play the browser while this program waits.
local function browser(action, login) print(action .. " " .. login.url) end

-- Asks a new client, which has no error in its memory.
local function token(options)
    local client = spotify.client(user(options))
    local ok, result = pcall(client.token, client)
    client:close()
    if not ok then error(result, 0) end
    return result
end

local function same(one, other) return one == other and "same token" or "another token" end

row("not logged in", how(token))
row("bad option", how(token, { redirect_uri = "http://localhost/callback" }))
row("NUL in a name", how(token, { ["account\0"] = "x" }))
row("NUL in a value", how(token, { account = "a\0b" }))
local nowhere = user({ logins = "file:/dev/null/ü" })
row("cannot begin", how(spotify.login, nowhere), "names " .. message("/dev/null/[\194-\244][\128-\191]*", spotify.login, nowhere))

local login = spotify.login(user())
row("time is up", how(login.wait, login, 0.25) .. " " .. message("within %d+ ms", login.wait, login, 0.25))
row("time was up before", how(login.wait, login, -1))
row("empty line", how(login.finish, login, "\n"))
row("NUL in the address", how(login.finish, login, "a\0b"))
row("address in another alphabet", how(login.finish, login, "\252"))
row("wrong state", how(login.finish, login, "http://127.0.0.1/callback?code=x&state=y"))

browser("browse", login)
local first = login:wait()
row("browser", first.scope)
if login:wait(math.huge).access_token == first.access_token and login:finish("x").access_token == first.access_token then
    row("finished", "waits again", "pastes again")
end
login:close()
login:close()
row("closed twice", how(login.wait, login), how(login.finish, login, "x"))
row("client", same(token().access_token, first.access_token))
row("other process", same(io.popen("spotify-token token --user"):read("*l"), first.access_token))
row("lacks a scope", how(token, { scope = "user-library-read" }))

login = spotify.login(user())
browser("agree", login)
row("pasted", login:finish(io.read("*l")).scope)

login = spotify.login(user())
browser("decline", login)
row("declined", how(login.wait, login))

row("logout", how(spotify.logout, user()), how(spotify.logout, user()), how(token))
