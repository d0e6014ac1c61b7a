# frozen_string_literal: true

# Prints the name of an artist, with Fiddle, which comes with Ruby: no gem. Fiddle cannot pass a struct by value, so the
# library writes into memory of ours. Other Ruby threads go on during a call. There is no logger: the library calls it
# from threads of its own, and Fiddle cannot be called from there.
#
#     ruby artist_fiddle.rb

require "fiddle/import"
require "json"
require "net/http"

# The C functions.
module Library
  extend Fiddle::Importer
  begin
    dlload ENV.fetch("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")
  rescue Fiddle::DLError => e
    abort "no library: #{e.message}"
  end

  CToken = struct [
    "const char *access_token", "const char *token_type", "const char *scope", "const char *error_message",
    "long long expires_at", "long long expires_in", "int error_code", "int http_status", "void *owner"
  ]
  extern "int spotify_abi_version()"
  extern "const char *spotify_version()"
  extern "size_t spotify_token_size()"
  unless spotify_abi_version.zero? && spotify_token_size == CToken.size
    abort "no library: it is spotify-token #{spotify_version} with ABI #{spotify_abi_version}; this program needs ABI 0"
  end

  extern "const char *spotify_error_name(int)"
  extern "void *spotify_client_new(void *)"
  extern "int spotify_client_token_into(void *, void *)"
  extern "const char *spotify_token_authorization(void *)"
  extern "void spotify_client_invalidate(void *, const char *)"
  extern "void spotify_client_cancel(void *)"
  extern "void spotify_client_free(void *)"
  extern "void spotify_token_clear(void *)"
end

# Gives the block a token, and releases it. Another thread calls C: Ctrl-C cannot interrupt a thread that is there.
def with_token(client)
  c_token = Library::CToken.malloc(Fiddle::RUBY_FREE)
  call = Thread.new { Library.spotify_client_token_into(client, c_token) }
  code = call.value
  abort "#{Library.spotify_error_name(code)}: #{c_token.error_message}" unless code.zero?
  yield c_token
ensure
  Library.spotify_client_cancel(client)
  call&.join
  Library.spotify_token_clear(c_token)
end

def get(url, c_token)
  Net::HTTP.get_response(URI(url), "Authorization" => Library.spotify_token_authorization(c_token).to_s)
end

client = Library.spotify_client_new(nil)
url = "#{ENV.fetch('SPOTIFY_API_URL', 'https://api.spotify.com/v1')}/artists/0TnOYISbd1XYRBk9myaseg"
begin
  response = with_token(client) do |c_token|
    get(url, c_token).tap do |first|
      Library.spotify_client_invalidate(client, c_token.access_token) if first.is_a?(Net::HTTPUnauthorized)
    end
  end
  response = with_token(client) { |c_token| get(url, c_token) } if response.is_a?(Net::HTTPUnauthorized)
  response.value # raises unless it is a success
  puts JSON.parse(response.body)["name"]
rescue SystemCallError, SocketError, Net::ProtocolError => e
  abort "the Web API: #{e.message}"
ensure
  Library.spotify_client_free(client)
end
