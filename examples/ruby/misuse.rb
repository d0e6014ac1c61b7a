# frozen_string_literal: true

# Does what a program must not do. The result is an error or nothing, and never a crash.

require "libspotify_token"

c_token = SpotifyToken::CToken.new
pointer = SpotifyToken::Library.spotify_client_new(nil)
SpotifyToken::Library.spotify_client_token_into(pointer, c_token)
2.times { SpotifyToken::Library.spotify_token_clear(c_token) }
SpotifyToken::Library.spotify_client_free(pointer)
puts "token cleared twice: #{c_token[:access_token].inspect}"

client = SpotifyToken::Client.new
client.token
2.times { client.close }
puts "client closed twice: nothing happens"

begin
  client.token
rescue SpotifyToken::Closed => e
  puts "used after close: #{e.message}"
end

begin
  SpotifyToken::Client.new(timeout_ms: "soon")
rescue SpotifyToken::Error => e
  puts "bad option: #{e.name}"
end

bad = proc { raise "raised by the logger" }
SpotifyToken::Client.open(logger: bad, &:token)
puts "logger raised: the token came all the same"
