-- spotify-token for LuaJIT, with its ffi: a binding to copy into a program. Needs the installed shared library.
--
--     local client = spotify.client()
--     local token = client:token()
--     headers.Authorization = token.authorization
--
-- Errors are tables { code, name, message, http_status, retry_after }, thrown with error(); tostring() is for a person.
-- There is no logger: the library may call it from another thread, and a LuaJIT callback must not be called from there.

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

size_t spotify_token_size(void);
const char *spotify_version(void);
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
]])

local NOT_CACHED = 40

local lib = ffi.load(os.getenv("SPOTIFY_TOKEN_LIBRARY") or "libspotify_token.so.0")
local version = ffi.string(lib.spotify_version())
if lib.spotify_token_size() ~= ffi.sizeof("spotify_token") or not version:find("^0%.") then
    error("the library is spotify-token " .. version .. "; this binding is for 0.x", 0)
end

local failure = { __tostring = function(self) return self.name .. ": " .. self.message end }

local function text(pointer)
    return pointer ~= nil and ffi.string(pointer) or nil
end

local function fail(code, message, details)
    details = details or {}
    details.code, details.name, details.message = code, text(lib.spotify_error_name(code)), message
    error(setmetatable(details, failure), 0)
end

-- Memory that is cleared when the collector takes it, whatever happens before.
local function allocate()
    return ffi.gc(ffi.new("spotify_token"), lib.spotify_token_clear)
end

-- Copies what the library filled, and releases it.
local function take(raw)
    local code, message = raw.error_code, text(raw.error_message)
    local details = {
        http_status = raw.http_status,
        oauth_error = text(lib.spotify_token_oauth_error(raw)),
        retry_after = tonumber(lib.spotify_token_retry_after(raw)),
    }
    local token = {
        access_token = text(raw.access_token),
        authorization = text(lib.spotify_token_authorization(raw)),
        scope = text(raw.scope),
        expires_at = tonumber(raw.expires_at),
        expires_in = tonumber(raw.expires_in),
    }
    lib.spotify_token_clear(raw)
    if code ~= 0 then fail(code, message, details) end
    return token
end

local Client = {}
Client.__index = Client

local function open(self)
    return self.pointer or error("the client is closed", 3)
end

-- A valid token. Blocks while the server must be asked.
function Client:token()
    local raw = allocate()
    lib.spotify_client_token_into(open(self), raw)
    return take(raw)
end

-- The token at hand, or nil. Never blocks on the network.
function Client:cached()
    local raw = allocate()
    if lib.spotify_client_cached_into(open(self), raw) == NOT_CACHED then return nil end
    return take(raw)
end

-- Says that the Web API rejected this token.
function Client:invalidate(token)
    lib.spotify_client_invalidate(open(self), token.access_token)
end

-- Releases the client; the collector does so too. Closing twice is fine.
function Client:close()
    if self.pointer then
        lib.spotify_client_free(ffi.gc(self.pointer, nil))
        self.pointer = nil
    end
end

-- A long-lived source of tokens. Make one for each program; the options are the library's.
local function client(options)
    local config = ffi.gc(lib.spotify_config_new(), lib.spotify_config_free)
    for name, value in pairs(options or {}) do
        local code = lib.spotify_config_set(config, name, tostring(value))
        if code ~= 0 then fail(code, text(lib.spotify_config_error(config))) end
    end
    return setmetatable({ pointer = ffi.gc(lib.spotify_client_new(config), lib.spotify_client_free) }, Client)
end

return { client = client, lib = lib, allocate = allocate }
