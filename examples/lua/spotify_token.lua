-- A binding of spotify-token for LuaJIT, made with its ffi: copy it into your program. It needs the installed library.
--
--     local client = spotify.client()
--     local token = client:token()
--     headers.Authorization = token.authorization
--
-- An error is a table { code, name, message, http_status, oauth_error, retry_after }, thrown with error(); tostring()
-- makes a line for a person of it. There is no logger: the library calls it from threads of its own, and LuaJIT cannot
-- be called from there.

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

void *spotify_token_signal(int number, void *handler) __asm__("signal");
]])

local ABI_VERSION = 0
local NOT_CACHED = 40
local SIGINT = 2

local lib = ffi.load(os.getenv("SPOTIFY_TOKEN_LIBRARY") or "libspotify_token.so.0")
if lib.spotify_abi_version() ~= ABI_VERSION or lib.spotify_token_size() ~= ffi.sizeof("spotify_token") then
    error(("the library is spotify-token %s with ABI %d; this binding needs ABI %d"):format(
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

-- Returns a valid token. Blocks the process while the server is asked.
function Client:token()
    local pointer, c_token = open_pointer(self), allocate()
    -- The handler of the command luajit waits until C has returned. Without it, Ctrl-C ends the program at once.
    local handler = arg and ffi.C.spotify_token_signal(SIGINT, nil)
    lib.spotify_client_token_into(pointer, c_token)
    if arg then ffi.C.spotify_token_signal(SIGINT, handler) end
    return copy_and_clear(c_token)
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

-- Makes a client, which returns tokens for as long as the program runs. A program needs one. The options are the
-- library's, such as { timeout_ms = 5000 }.
local function client(options)
    local config = ffi.gc(lib.spotify_config_new(), lib.spotify_config_free)
    for name, value in pairs(options or {}) do
        if tostring(value):find("\0", 1, true) then error("the option " .. name .. " has a null character", 0) end
        local code = lib.spotify_config_set(config, name, tostring(value))
        if code ~= 0 then throw(code, copy_string(lib.spotify_config_error(config))) end
    end
    return setmetatable({ pointer = ffi.gc(lib.spotify_client_new(config), lib.spotify_client_free) }, Client)
end

return { client = client, lib = lib, allocate = allocate }
