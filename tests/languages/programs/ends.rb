# frozen_string_literal: true

# Ends with status 3 while other threads use a client and the library calls its logger.

# Exit handlers run in reverse order, so this one keeps the interpreter going after the binding's own.
at_exit { sleep 0.3 }

require "libspotify_token"

silent = SpotifyToken::Client.new
talking = SpotifyToken::Client.new(logger: proc {})
([silent, talking] * 4).each do |client|
  Thread.new do
    loop do
      token = client.token
      client.invalidate(token)
    end
  rescue SpotifyToken::Error, SpotifyToken::Closed
    nil # cancelled, or closed
  end
end
sleep 0.1
exit 3
