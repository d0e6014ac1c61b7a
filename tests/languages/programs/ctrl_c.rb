# frozen_string_literal: true

# Ends with status 3 when Ctrl-C interrupts a call that waits for the server.

require "libspotify_token"

begin
  SpotifyToken::Client.new(logger: proc {}).token
rescue Interrupt
  exit 3
end
