# frozen_string_literal: true

# Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
#
#     ruby artist.rb

require "json"
require "net/http"

begin
  require "libspotify_token"
rescue LoadError => e
  abort "no library: #{e.message}"
end

API = ENV.fetch("SPOTIFY_API_URL", "https://api.spotify.com/v1")
ARTIST = "0TnOYISbd1XYRBk9myaseg"

def get(url, token)
  Net::HTTP.get_response(URI(url), "Authorization" => token.authorization)
end

def artist(client, id)
  url = "#{API}/artists/#{id}"
  token = client.token
  response = get(url, token)
  if response.is_a?(Net::HTTPUnauthorized)
    # The token was revoked before it expired: try once more with a new one.
    client.invalidate(token)
    response = get(url, client.token)
  end
  response.value # raises unless it is a success
  JSON.parse(response.body)
end

begin
  SpotifyToken::Client.open { |client| puts artist(client, ARTIST)["name"] }
rescue SpotifyToken::Error => e
  abort "#{e.name}: #{e.message}"
rescue SystemCallError, SocketError, Net::ProtocolError => e
  abort "the Web API: #{e.message}"
end
