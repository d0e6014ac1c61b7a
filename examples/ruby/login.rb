# frozen_string_literal: true

# Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI
# is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
#
#     ruby login.rb

require "json"
require "net/http"

begin
  require "libspotify_token"
rescue LoadError => e
  abort "no library: #{e.message}"
end

API = ENV.fetch("SPOTIFY_API_URL", "https://api.spotify.com/v1")
OPTIONS = { grant: "user", scope: "playlist-read-private" }.freeze

def take_pasted(login)
  while (line = $stdin.gets)
    begin
      return login.finish(line)
    rescue SpotifyToken::Closed
      return
    rescue SpotifyToken::Error => e
      warn e.message
    end
  end
end

def log_in
  SpotifyToken::Login.open(**OPTIONS) do |login|
    warn "Open this address in a browser, and agree:\n#{login.url}"
    Thread.new { take_pasted(login) }
    login.wait
  end
end

def token(client)
  client.token
rescue SpotifyToken::Error => e
  raise unless e.code == SpotifyToken::LOGIN_REQUIRED

  log_in
  client.token
end

begin
  SpotifyToken::Client.open(**OPTIONS) do |client|
    response = Net::HTTP.get_response(URI("#{API}/me/playlists"), "Authorization" => token(client).authorization)
    response.value # raises unless it is a success
    JSON.parse(response.body)["items"].each { |playlist| puts playlist["name"] }
  end
rescue SpotifyToken::Error => e
  abort "#{e.name}: #{e.message}"
rescue SystemCallError, SocketError, Net::ProtocolError => e
  abort "the Web API: #{e.message}"
end
