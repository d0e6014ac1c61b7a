# frozen_string_literal: true

# Ends with status 3 when a client with a logger, made before a fork() and in use meanwhile, works in the child.

require "libspotify_token"

messages = []
client = SpotifyToken::Client.new(logger: proc { |_level, message| messages << message })
4.times do
  Thread.new do
    loop { client.invalidate(client.token) }
  rescue SpotifyToken::Error, SpotifyToken::Closed
    nil # cancelled, or closed
  end
end
sleep 0.05
child = fork do
  messages.clear
  client.invalidate(client.token)
  client.token
  abort "nothing was logged" if messages.empty?
  exit 3
end
_, status = Process.wait2(child)
exit status.exitstatus
