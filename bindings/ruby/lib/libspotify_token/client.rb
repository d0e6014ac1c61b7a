# frozen_string_literal: true

require_relative "handle"

module SpotifyToken
  # Returns tokens for as long as the program runs, to any number of threads. A program needs one. `options` are the
  # library's, such as `timeout_ms: 5000`; an option that is nil is not set.
  class Client < Handle
    # `logger` is called with a level and a message, and `on_refresh_token` with each new refresh token of a program that
    # keeps them itself, from any thread.
    def initialize(logger: nil, on_refresh_token: nil, **options)
      begin_with(options, logger, on_refresh_token, Library.method(:spotify_client_free)) do |config|
        Library.spotify_client_new(config)
      end
    end

    # Returns a valid token. Blocks this thread while the server is asked.
    def token
      call { |handle| token_of(handle, :spotify_client_token_into) }
    end

    # Drops this token, which the Web API rejected, from the cache.
    def invalidate(token)
      call { |handle| Library.spotify_client_invalidate(handle, token.access_token) }
    end

    private

    def cancel_calls(handle)
      Library.spotify_client_cancel(handle)
    end
  end
end
