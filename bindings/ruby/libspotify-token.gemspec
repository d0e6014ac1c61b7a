# frozen_string_literal: true

require_relative "lib/libspotify_token/version"

# With SPOTIFY_TOKEN_PLATFORM, the gem of that platform: package.sh has put the library and the command in. Without, a gem of Ruby
# code alone, which needs an installed library.
platform = ENV.fetch("SPOTIFY_TOKEN_PLATFORM", nil)

Gem::Specification.new do |spec|
  spec.name = "libspotify-token"
  spec.version = SpotifyToken::VERSION
  spec.summary = "Spotify Web API tokens: cached, refreshed ahead, one request for any number of threads and processes"
  spec.authors = ["The spotify-token authors"]
  spec.licenses = ["MIT", "Apache-2.0"]
  spec.required_ruby_version = ">= 3.1"
  spec.metadata = { "rubygems_mfa_required" => "true" }
  spec.files = Dir["lib/**/*", "sig/*", "README.md", "LICENSE-*"]
  if platform
    spec.platform = platform
    spec.files += Dir["libexec/*", "exe/*", "THIRD-PARTY-LICENSES"]
    spec.bindir = "exe"
    spec.executables = ["spotify-token"]
  end
  spec.add_dependency "ffi", "~> 1.15"
end
