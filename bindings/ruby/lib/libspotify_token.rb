# frozen_string_literal: true

# Access tokens for the Spotify Web API.
#
#     SpotifyToken::Client.open do |client|
#       request["Authorization"] = client.token.authorization
#     end
#
# A token that speaks for a user, who logs in once:
#
#     SpotifyToken::Login.open(scope: "playlist-read-private") do |login|
#       puts "Open #{login.url}"
#       login.wait
#     end
#     client = SpotifyToken::Client.new(grant: "user")
module SpotifyToken
end

require_relative "libspotify_token/client"
require_relative "libspotify_token/login"
require_relative "libspotify_token/version"
