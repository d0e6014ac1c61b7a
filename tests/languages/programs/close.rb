# frozen_string_literal: true

# Ends with status 3 when a client that is closed has ended the calls of other threads and logs nothing any more.

require "libspotify_token"

messages = []
client = SpotifyToken::Client.new(logger: proc { |_level, message| messages << message })
threads = Array.new(4) do
  Thread.new do
    client.token
  rescue SpotifyToken::Error, SpotifyToken::Closed => e
    e
  end
end
sleep 0.001 while messages.empty?
client.close
logged = messages.size
ended = threads.map(&:value)
sleep 0.2
abort "#{ended}, #{messages.drop(logged)}" unless ended.grep(StandardError).size == 4 && messages.size == logged
exit 3
