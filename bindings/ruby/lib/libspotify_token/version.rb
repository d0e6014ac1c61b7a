# frozen_string_literal: true

module SpotifyToken
  VERSION = "0.1.0"
end
