# frozen_string_literal: true

# A binding of spotify-token for Ruby, made with the ffi gem: copy it into your program. It needs the installed shared
# library.
#
#     SpotifyToken::Client.open do |client|
#       request["Authorization"] = client.token.authorization
#     end

require "ffi"

module SpotifyToken
  ABI_VERSION = 0

  # Says why there is no token: `code` is one of SPOTIFY_ERROR_*, `name` its name, `message` what to show to a person.
  class Error < StandardError
    attr_reader :code, :name, :http_status, :oauth_error, :retry_after

    def initialize(code, message, http_status: 0, oauth_error: nil, retry_after: 0)
      super(message.force_encoding(Encoding::UTF_8))
      @code = code
      @name = Library.spotify_error_name(code)
      @http_status = http_status
      @oauth_error = oauth_error
      @retry_after = retry_after
    end
  end

  # Says that the client was closed.
  class Closed < StandardError; end

  # Mirrors the C struct spotify_token.
  class CToken < FFI::Struct
    layout :access_token, :string,
           :token_type, :string,
           :scope, :string,
           :error_message, :string,
           :expires_at, :int64,
           :expires_in, :int64,
           :error_code, :int32,
           :http_status, :int32,
           :owner, :pointer
  end

  # The C functions. `blocking: true` lets other Ruby threads go on; one of them may be the logger's, which
  # spotify_client_free waits for.
  module Library
    extend FFI::Library
    ffi_lib ENV.fetch("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")

    attach_function :spotify_abi_version, [], :int32
    attach_function :spotify_version, [], :string
    attach_function :spotify_token_size, [], :size_t
    unless spotify_abi_version == ABI_VERSION && spotify_token_size == CToken.size
      raise LoadError, "the library is spotify-token #{spotify_version} with ABI #{spotify_abi_version}; " \
                       "this binding needs ABI #{ABI_VERSION}"
    end

    callback :logger, %i[pointer int32 string], :void
    attach_function :spotify_error_name, [:int32], :string
    attach_function :spotify_token_clear, [CToken.by_ref], :void
    attach_function :spotify_token_authorization, [CToken.by_ref], :string
    attach_function :spotify_token_oauth_error, [CToken.by_ref], :string
    attach_function :spotify_token_retry_after, [CToken.by_ref], :int64
    attach_function :spotify_config_new, [], :pointer
    attach_function :spotify_config_set, %i[pointer string string], :int32
    attach_function :spotify_config_set_logger, %i[pointer logger pointer], :int32
    attach_function :spotify_config_error, [:pointer], :string
    attach_function :spotify_config_free, [:pointer], :void
    attach_function :spotify_client_new, [:pointer], :pointer
    attach_function :spotify_client_token_into, [:pointer, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_client_invalidate, %i[pointer string], :void, blocking: true
    attach_function :spotify_client_cancel, [:pointer], :void
    attach_function :spotify_client_free, [:pointer], :void, blocking: true
  end

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

  # Returns tokens for as long as the program runs, to any number of threads. A program needs one. `options` are the
  # library's, such as `timeout_ms: 5000`; an option that is nil is not set.
  class Client
    OPEN = ObjectSpace::WeakMap.new

    # Ruby waits for its threads before it ends, and a thread in C notices nothing: close cancels its call.
    at_exit { OPEN.keys.each(&:close) }

    # Gives the block a client, and closes it.
    def self.open(...)
      client = new(...)
      yield client
    ensure
      client&.close
    end

    # Makes a C function that calls the logger.
    def self.c_function(logger)
      FFI::Function.new(:void, %i[pointer int32 string]) do |_user_data, level, message|
        Thread.current[:is_in_spotify_logger] = true
        logger.call(level, message.force_encoding(Encoding::UTF_8))
      rescue StandardError => e # C called this function, so no exception may leave it
        warn e.full_message(highlight: false)
      ensure
        Thread.current[:is_in_spotify_logger] = false
      end
    end

    # Makes a function that frees a client, and keeps the logger until then. It must not refer to the client.
    def self.release(logger)
      proc do |pointer|
        Library.spotify_client_free(pointer)
        logger
      end
    end
    private_constant :OPEN

    # `logger` is called with a level and a message, from any thread.
    def initialize(logger: nil, **options)
      config = Library.spotify_config_new
      options.compact.each do |name, value|
        code = Library.spotify_config_set(config, name.to_s, value.to_s)
        raise Error.new(code, Library.spotify_config_error(config)) unless code.zero?
      end
      @process = Process.pid
      logger &&= Client.c_function(logger)
      Library.spotify_config_set_logger(config, logger, nil)
      @calls = [] # the threads that are in C
      @handle = FFI::AutoPointer.new(Library.spotify_client_new(config), Client.release(logger))
      OPEN[self] = true
    ensure
      Library.spotify_config_free(config)
    end

    # Returns a valid token. Blocks this thread while the server is asked.
    def token
      call do |handle|
        c_token = CToken.new
        Library.spotify_client_token_into(handle, c_token)
        Token.copy_and_clear(c_token)
      end
    end

    # Drops this token, which the Web API rejected, from the cache.
    def invalidate(token)
      call { |handle| Library.spotify_client_invalidate(handle, token.access_token) }
    end

    # Cancels the calls that wait, and frees the client when they have returned. Closing twice is fine.
    def close
      raise ThreadError, "a logger cannot close a client" if Thread.current[:is_in_spotify_logger]

      handle = @handle
      @handle = nil
      return unless handle

      # In a child of fork() the parent's threads are not alive.
      while @calls.any?(&:alive?)
        Library.spotify_client_cancel(handle)
        sleep 0.001
      end
      handle.free
    end

    private

    # Calls C in a thread of its own. A thread that is in C cannot be interrupted; this one, which waits in Ruby, can:
    # by Ctrl-C, by Timeout, by Thread#kill.
    def call(&block)
      revive_logger if @process != Process.pid
      begin
        thread = Thread.new do
          Thread.current.report_on_exception = false
          use(&block)
        end
      rescue ThreadError # no thread can be made
        return use(&block)
      end
      thread.value
    end

    def use
      @calls << Thread.current # first, so that close waits for this call
      yield @handle || raise(Closed, "the client is closed")
    ensure
      @calls.delete(Thread.current)
    end

    # ffi calls Ruby from a thread that a child of fork() does not have. Making a function starts it.
    def revive_logger
      @process = Process.pid
      FFI::Function.new(:void, []) { nil }
    end
  end
end
