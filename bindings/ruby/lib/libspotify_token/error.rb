# frozen_string_literal: true

require_relative "library"

module SpotifyToken
  INVALID_ARGUMENT = 1
  TIMEOUT = 13
  LOGIN_REQUIRED = 25

  # Says why there is no token: `code` is one of SPOTIFY_ERROR_*, `name` its name, `message` what to show to a person.
  class Error < StandardError
    attr_reader :code, :name, :http_status, :oauth_error, :retry_after

    def initialize(code, message, http_status: 0, oauth_error: nil, retry_after: 0)
      super(message)
      @code = code
      @name = Library.spotify_error_name(code)
      @http_status = http_status
      @oauth_error = oauth_error
      @retry_after = retry_after
    end
  end

  # Says that the client or the login was closed.
  class Closed < StandardError; end
end
