-- Access tokens for the Spotify Web API in LuaJIT, with its ffi.
--
--     local spotify = require("libspotify_token")
--     local client = spotify.client()
--     local token = client:token()
--     headers.Authorization = token.authorization
--
-- A token that speaks for a user, who logs in once:
--
--     local login = spotify.login({ scope = "playlist-read-private" })
--     print("Open " .. login.url)
--     login:wait()
--     local client = spotify.client({ grant = "user" })
--
-- An error is a table { code, name, message, http_status, oauth_error, retry_after }, thrown with error(); tostring()
-- makes a line for a person of it. There is no logger, and no function that keeps refresh tokens: the library calls them from
-- threads of its own, and LuaJIT cannot be called from there.

local ffi = require("ffi")

ffi.cdef([[
typedef struct {
    const char *access_token, *token_type, *scope, *error_message;
    int64_t expires_at, expires_in;
    int32_t error_code, http_status;
    void *owner;
} spotify_token;
typedef struct spotify_config spotify_config;
typedef struct spotify_client spotify_client;
typedef struct spotify_login spotify_login;

int32_t spotify_abi_version(void);
const char *spotify_version(void);
size_t spotify_token_size(void);
const char *spotify_error_name(int32_t code);
void spotify_token_clear(spotify_token *token);
const char *spotify_token_authorization(const spotify_token *token);
const char *spotify_token_oauth_error(const spotify_token *token);
int64_t spotify_token_retry_after(const spotify_token *token);
spotify_config *spotify_config_new(void);
int32_t spotify_config_set(spotify_config *config, const char *name, const char *value);
const char *spotify_config_error(const spotify_config *config);
void spotify_config_free(spotify_config *config);
spotify_client *spotify_client_new(const spotify_config *config);
int32_t spotify_client_token_into(spotify_client *client, spotify_token *out);
int32_t spotify_client_cached_into(spotify_client *client, spotify_token *out);
void spotify_client_invalidate(spotify_client *client, const char *rejected_access_token);
void spotify_client_free(spotify_client *client);
spotify_login *spotify_login_new(const spotify_config *config);
const char *spotify_login_url(const spotify_login *login);
int32_t spotify_login_wait_into(spotify_login *login, int64_t timeout_ms, spotify_token *out);
int32_t spotify_login_finish_into(spotify_login *login, const char *redirected_to, spotify_token *out);
void spotify_login_free(spotify_login *login);
int32_t spotify_logout(const spotify_config *config);
const char *spotify_error_description(int32_t code);

void *spotify_token_signal(int number, void *handler) __asm__("signal");
]])

local ABI_VERSION = 0
local INVALID_ARGUMENT = 1
local NOT_CACHED = 40
local SIGINT = 2
local LONGEST_WAIT = 2 ^ 53 -- milliseconds

-- Returns the file that SPOTIFY_TOKEN_LIBRARY names, or the one in the rock, or a name for the system's loader.
local function library_path()
    local names = { Windows = "spotify_token.dll", OSX = "libspotify_token.0.dylib" }
    local packaged = package.searchpath("libspotify_token.native", package.cpath)
    return os.getenv("SPOTIFY_TOKEN_LIBRARY") or packaged or names[jit.os] or "libspotify_token.so.0"
end

local lib = ffi.load(library_path())
if lib.spotify_abi_version() ~= ABI_VERSION or lib.spotify_token_size() ~= ffi.sizeof("spotify_token") then
    error(("the library is spotify-token %s with ABI %d; this module needs ABI %d"):format(
        ffi.string(lib.spotify_version()), lib.spotify_abi_version(), ABI_VERSION), 0)
end

local error_type = { __tostring = function(self) return self.name .. ": " .. self.message end }

local function copy_string(pointer)
    return pointer ~= nil and ffi.string(pointer) or nil
end

local function throw(code, message, details)
    details = details or {}
    details.code, details.name, details.message = code, copy_string(lib.spotify_error_name(code)), message
    error(setmetatable(details, error_type), 0)
end

-- Returns text that C can read to its end.
local function c_string(what, value)
    local text = tostring(value)
    if text:find("\0", 1, true) then throw(INVALID_ARGUMENT, what .. " contains a NUL character. Remove it") end
    return text
end

-- Allocates a token, which the garbage collector clears if nothing else did.
local function allocate()
    return ffi.gc(ffi.new("spotify_token"), lib.spotify_token_clear)
end

-- Returns the token as a table, or throws the error. Releases what the library filled.
local function copy_and_clear(c_token)
    local code, message = c_token.error_code, copy_string(c_token.error_message)
    local details = {
        http_status = c_token.http_status,
        oauth_error = copy_string(lib.spotify_token_oauth_error(c_token)),
        retry_after = tonumber(lib.spotify_token_retry_after(c_token)),
    }
    local token = {
        access_token = copy_string(c_token.access_token),
        authorization = copy_string(lib.spotify_token_authorization(c_token)),
        scope = copy_string(c_token.scope),
        expires_at = tonumber(c_token.expires_at),
        expires_in = tonumber(c_token.expires_in),
    }
    lib.spotify_token_clear(c_token)
    if code ~= 0 then throw(code, message, details) end
    return token
end

local Client = {}
Client.__index = Client

local function open_pointer(self)
    return self.pointer or error("the client is closed", 3)
end

-- Returns the token that a function of C writes.
local function filled_by(name, ...)
    local c_token = allocate()
    local arguments = { ... }
    arguments[#arguments + 1] = c_token
    -- The handler of the command luajit waits until C has returned. Without it, Ctrl-C ends the program at once.
    local handler = arg and ffi.C.spotify_token_signal(SIGINT, nil)
    lib[name](unpack(arguments))
    if arg then ffi.C.spotify_token_signal(SIGINT, handler) end
    return copy_and_clear(c_token)
end

-- Returns a valid token. Blocks the process while the server is asked.
function Client:token()
    return filled_by("spotify_client_token_into", open_pointer(self))
end

-- Returns the cached token, or nil. Never waits for the network, and does not refresh the token.
function Client:cached()
    local c_token = allocate()
    if lib.spotify_client_cached_into(open_pointer(self), c_token) == NOT_CACHED then return nil end
    return copy_and_clear(c_token)
end

-- Drops this token, which the Web API rejected, from the cache.
function Client:invalidate(token)
    lib.spotify_client_invalidate(open_pointer(self), token.access_token)
end

-- Frees the client, as the garbage collector does. Closing twice is fine.
function Client:close()
    if self.pointer then
        lib.spotify_client_free(ffi.gc(self.pointer, nil))
        self.pointer = nil
    end
end

-- Makes a configuration with these options.
local function config_with(options)
    local config = ffi.gc(lib.spotify_config_new(), lib.spotify_config_free)
    for name, value in pairs(options or {}) do
        local code = lib.spotify_config_set(
            config, c_string("the name of an option", name), c_string("the value of an option", value))
        if code ~= 0 then throw(code, copy_string(lib.spotify_config_error(config))) end
    end
    return config
end

-- Makes a client, which returns tokens for as long as the program runs. A program needs one. The options are the
-- library's, such as { timeout_ms = 5000 }.
local function client(options)
    local pointer = lib.spotify_client_new(config_with(options))
    return setmetatable({ pointer = ffi.gc(pointer, lib.spotify_client_free) }, Client)
end

local Login = {}
Login.__index = Login

local function open_login(self)
    return self.pointer or error("the login is closed", 3)
end

-- Waits for the browser, stores the login and returns the token. After so many seconds it throws an error with the code
-- TIMEOUT, and can be called again; without, it waits as long as it takes.
function Login:wait(timeout)
    local milliseconds = timeout and math.min(math.max(math.floor(timeout * 1000), 0), LONGEST_WAIT) or -1
    return filled_by("spotify_login_wait_into", open_login(self), milliseconds)
end

-- Completes the login with the address that the browser shows after it, or with its code; returns the token.
function Login:finish(redirected_to)
    return filled_by("spotify_login_finish_into", open_login(self), c_string("the address", redirected_to))
end

-- Frees the login, as the garbage collector does. Closing twice is fine.
function Login:close()
    if self.pointer then
        lib.spotify_login_free(ffi.gc(self.pointer, nil))
        self.pointer = nil
    end
end

-- Lets a user log in, once, in a browser: open its url there, then wait, or finish with what the browser shows. The options
-- are those of a client.
local function login(options)
    local pointer = ffi.gc(lib.spotify_login_new(config_with(options)), lib.spotify_login_free)
    local self = setmetatable({ pointer = pointer, url = copy_string(lib.spotify_login_url(pointer)) }, Login)
    if not self.url then self:wait(0) end -- throws the error; the garbage collector frees the login
    return self
end

-- Forgets the stored login of the account that these options name.
local function logout(options)
    local code = lib.spotify_logout(config_with(options))
    if code ~= 0 then throw(code, copy_string(lib.spotify_error_description(code))) end
end

return {
    client = client,
    login = login,
    logout = logout,
    TIMEOUT = 13,
    LOGIN_REQUIRED = 25,
    lib = lib,
    allocate = allocate,
}
