# frozen_string_literal: true

require "ffi"
require_relative "text"

module SpotifyToken
  # Mirrors the C struct spotify_token.
  class CToken < FFI::Struct
    layout :access_token, Text,
           :token_type, Text,
           :scope, Text,
           :error_message, Text,
           :expires_at, :int64,
           :expires_in, :int64,
           :error_code, :int32,
           :http_status, :int32,
           :owner, :pointer
  end
end
