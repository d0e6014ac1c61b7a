# frozen_string_literal: true

# Ends with status 3 when a timeout of Ruby's ends the wait for a token.

require "libspotify_token"
require "timeout"

client = SpotifyToken::Client.new
begin
  Timeout.timeout(0.2) { client.token }
rescue Timeout::Error
  exit 3
end
