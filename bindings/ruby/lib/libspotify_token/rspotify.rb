# frozen_string_literal: true

# Tokens for RSpotify:
#
#     require "libspotify_token/rspotify"
#
#     SpotifyToken::RSpotify.use(client)             # RSpotify's requests have tokens of this client
#     user = SpotifyToken::RSpotify.user(client)     # an RSpotify::User whose requests have tokens of this one
#
# After a 401 a request is sent once more, with a new token.

require "rspotify"
require_relative "client"

module SpotifyToken
  # The adapter.
  module RSpotify
    # Gives RSpotify the tokens of a client.
    def self.use(client)
      ::RSpotify.singleton_class.prepend(AppTokens)
      ::RSpotify.spotify_token_client = client
    end

    # Returns the user for whom the tokens of this client speak. It asks the Web API who that is.
    def self.user(client)
      ::RSpotify::User.singleton_class.prepend(UserTokens)
      credentials = Credentials.new(client)
      info = ::RSpotify.send(:send_request, "get", "me", { "Authorization" => "Bearer #{credentials['token']}" })
      ::RSpotify::User.new("info" => info, "credentials" => credentials)
    end

    # In place of the one token that RSpotify keeps.
    module AppTokens
      attr_accessor :spotify_token_client

      def client_token
        return super unless spotify_token_client

        # The one that is rejected, if one is.
        Thread.current[:spotify_token_used] = spotify_token_client.token
        Thread.current[:spotify_token_used].access_token
      end

      private

      def send_request(verb, path, *params)
        super
      rescue ::RSpotify::MissingAuthentication # what RSpotify makes of a 401 when it has no secret
        raise unless spotify_token_client

        spotify_token_client.invalidate(Thread.current[:spotify_token_used])
        headers = params.find { |param| param.is_a?(Hash) && param["Authorization"] }
        headers["Authorization"] = "Bearer #{client_token}"
        super
      end
    end

    # In place of RSpotify's own way to refresh the token of a user, which needs the refresh token.
    module UserTokens
      private

      def refresh_token(user_id)
        credentials = class_variable_get(:@@users_credentials)[user_id]
        credentials.is_a?(Credentials) ? credentials.invalidate : super
      end
    end

    # What RSpotify keeps of a user: the token is that of the moment.
    class Credentials < Hash
      def initialize(client)
        super()
        @client = client
      end

      def [](key)
        return super unless key == "token"

        @used = @client.token
        @used.access_token
      end

      def dig(key, *keys)
        keys.empty? ? self[key] : super
      end

      # Drops the token that the Web API rejected.
      def invalidate
        @client.invalidate(@used) if @used
      end

      def inspect
        "#<#{self.class}>"
      end
    end
  end
end
