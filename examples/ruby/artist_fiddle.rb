# frozen_string_literal: true

# The same with Fiddle, which comes with Ruby: no gem. Fiddle has no struct by value, so the library writes into memory
# that is ours. It gives up the global lock during a call, so other Ruby threads go on; but a logger would be called from
# a thread that is not Ruby's, which Fiddle cannot do.
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

  Raw = struct [
    "const char *access_token", "const char *token_type", "const char *scope", "const char *error_message",
    "long long expires_at", "long long expires_in", "int error_code", "int http_status", "void *owner"
  ]
  extern "const char *spotify_version()"
  extern "size_t spotify_token_size()"
  version = spotify_version.to_s
  unless spotify_token_size == Raw.size && version.start_with?("0.")
    abort "no library: it is spotify-token #{version}; this program is for 0.x"
  end

  extern "const char *spotify_error_name(int)"
  extern "void *spotify_client_new(void *)"
  extern "int spotify_client_token_into(void *, void *)"
  extern "const char *spotify_token_authorization(void *)"
  extern "void spotify_client_invalidate(void *, const char *)"
  extern "void spotify_client_free(void *)"
  extern "void spotify_token_clear(void *)"
end

# Gives the block a token, and releases it.
def with_token(client)
  raw = Library::Raw.malloc(Fiddle::RUBY_FREE)
  code = Library.spotify_client_token_into(client, raw)
  abort "#{Library.spotify_error_name(code)}: #{raw.error_message}" unless code.zero?
  yield raw
ensure
  Library.spotify_token_clear(raw)
end

def get(url, raw)
  Net::HTTP.get_response(URI(url), "Authorization" => Library.spotify_token_authorization(raw).to_s)
end

client = Library.spotify_client_new(nil)
url = "#{ENV.fetch('SPOTIFY_API_URL', 'https://api.spotify.com/v1')}/artists/0TnOYISbd1XYRBk9myaseg"
begin
  answer = with_token(client) do |raw|
    get(url, raw).tap do |first|
      Library.spotify_client_invalidate(client, raw.access_token) if first.is_a?(Net::HTTPUnauthorized)
    end
  end
  answer = with_token(client) { |raw| get(url, raw) } if answer.is_a?(Net::HTTPUnauthorized)
  answer.value # raises unless it is a success
  puts JSON.parse(answer.body)["name"]
rescue SystemCallError, SocketError, Net::ProtocolError => e
  abort "the Web API: #{e.message}"
ensure
  Library.spotify_client_free(client)
end
