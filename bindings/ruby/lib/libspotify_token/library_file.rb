# frozen_string_literal: true

module SpotifyToken
  # Where the C library is.
  module LibraryFile
    NAME =
      case RUBY_PLATFORM
      when /mingw|mswin/ then "spotify_token.dll"
      when /darwin/ then "libspotify_token.0.dylib"
      else "libspotify_token.so.0"
      end

    # Returns the file that SPOTIFY_TOKEN_LIBRARY names, or the one in this gem, or a name for the system's loader.
    def self.path
      packaged = File.join(__dir__, NAME)
      ENV.fetch("SPOTIFY_TOKEN_LIBRARY") { File.exist?(packaged) ? packaged : NAME }
    end
  end
end
