# frozen_string_literal: true

require_relative "error"
require_relative "library"

module SpotifyToken
  # Holds a token. Its text is a copy that Ruby owns, and `inspect` does not show it.
  class Token
    attr_reader :access_token, :authorization, :scope, :expires_at, :expires_in

    # Returns the token as a Ruby object, or raises the error. Releases what the library filled.
    def self.copy_and_clear(c_token)
      raise error(c_token) unless c_token[:error_code].zero?

      new(c_token)
    ensure
      Library.spotify_token_clear(c_token)
    end

    def self.error(c_token)
      Error.new(c_token[:error_code], c_token[:error_message],
                http_status: c_token[:http_status],
                oauth_error: Library.spotify_token_oauth_error(c_token),
                retry_after: Library.spotify_token_retry_after(c_token))
    end
    private_class_method :error

    def initialize(c_token)
      @access_token = c_token[:access_token]
      @authorization = Library.spotify_token_authorization(c_token)
      @scope = c_token[:scope]
      @expires_at = Time.at(c_token[:expires_at])
      @expires_in = c_token[:expires_in]
    end

    def inspect
      "#<#{self.class} expires_at=#{expires_at}>"
    end
  end
end
