'use strict';

// The C library as koffi has to know it: its struct, its callbacks and its functions.

const koffi = require('koffi');

// The C struct spotify_token. Decoding turns `char *` members into strings and drops the pointers, so the struct stays
// in C memory, where spotify_token_clear finds them.
const CToken = koffi.struct('spotify_token', {
  access_token: 'const char *',
  token_type: 'const char *',
  scope: 'const char *',
  error_message: 'const char *',
  expires_at: 'int64_t',
  expires_in: 'int64_t',
  error_code: 'int32_t',
  http_status: 'int32_t',
  owner: 'void *',
});

koffi.proto('void spotify_log_fn(void *user_data, int32_t level, const char *message)');
koffi.proto('void spotify_refresh_token_fn(void *user_data, const char *refresh_token)');

/** Functions that tell whether the others can be used. */
const IDENTITY = {
  version: 'const char *spotify_version()',
  abiVersion: 'int32_t spotify_abi_version()',
  tokenSize: 'size_t spotify_token_size()',
};

const FUNCTIONS = {
  errorName: 'const char *spotify_error_name(int32_t code)',
  errorDescription: 'const char *spotify_error_description(int32_t code)',
  clear: 'void spotify_token_clear(void *token)',
  authorization: 'const char *spotify_token_authorization(void *token)',
  oauthError: 'const char *spotify_token_oauth_error(void *token)',
  retryAfter: 'int64_t spotify_token_retry_after(void *token)',
  configNew: 'void *spotify_config_new()',
  configSet: 'int32_t spotify_config_set(void *config, const char *name, const char *value)',
  configSetLogger: 'int32_t spotify_config_set_logger(void *config, spotify_log_fn *fn, void *user_data)',
  configSetRefreshTokenFn:
    'int32_t spotify_config_set_refresh_token_fn(void *config, spotify_refresh_token_fn *fn, void *user_data)',
  configError: 'const char *spotify_config_error(void *config)',
  configFree: 'void spotify_config_free(void *config)',
  clientNew: 'void *spotify_client_new(void *config)',
  tokenInto: 'int32_t spotify_client_token_into(void *client, void *out)',
  cachedInto: 'int32_t spotify_client_cached_into(void *client, void *out)',
  invalidate: 'void spotify_client_invalidate(void *client, const char *rejected)',
  cancel: 'void spotify_client_cancel(void *client)',
  clientFree: 'void spotify_client_free(void *client)',
  loginNew: 'void *spotify_login_new(void *config)',
  loginUrl: 'const char *spotify_login_url(void *login)',
  loginWait: 'int32_t spotify_login_wait_into(void *login, int64_t timeout_ms, void *out)',
  loginFinish: 'int32_t spotify_login_finish_into(void *login, const char *redirected_to, void *out)',
  loginCancel: 'void spotify_login_cancel(void *login)',
  loginFree: 'void spotify_login_free(void *login)',
  logout: 'int32_t spotify_logout(void *config)',
};

module.exports = { CToken, FUNCTIONS, IDENTITY };
