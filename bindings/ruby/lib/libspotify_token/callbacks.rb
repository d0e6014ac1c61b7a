# frozen_string_literal: true

require "ffi"
require_relative "library"
require_relative "error"

module SpotifyToken
  # Functions of Ruby that C calls, from any thread. They have to live as long as what C calls them for.
  class Callbacks
    def initialize(logger, on_refresh_token)
      @logger = logger && Callbacks.c_function([:pointer, :int32, Text], logger)
      @on_refresh_token = on_refresh_token && Callbacks.c_function([:pointer, Text], on_refresh_token)
    end

    # Makes a C function that calls one of Ruby.
    def self.c_function(types, function)
      FFI::Function.new(:void, types.map { |type| FFI.find_type(type) }) do |_user_data, *arguments|
        Thread.current[:is_in_spotify_callback] = true
        function.call(*arguments)
      rescue Exception => e # C called this function, so no exception may leave it
        warn e.full_message(highlight: false)
      ensure
        Thread.current[:is_in_spotify_callback] = false
      end
    end

    # Gives the block a configuration with these options and functions.
    def self.config(options, functions)
      config = Library.spotify_config_new
      options.compact.each do |name, value|
        code = Library.spotify_config_set(config, name.to_s, value.to_s)
        raise Error.new(code, Library.spotify_config_error(config)) unless code.zero?
      end
      functions&.set_in(config)
      yield config
    ensure
      Library.spotify_config_free(config)
    end

    def set_in(config)
      Library.spotify_config_set_logger(config, @logger, nil) if @logger
      Library.spotify_config_set_refresh_token_fn(config, @on_refresh_token, nil) if @on_refresh_token
    end
  end
end
