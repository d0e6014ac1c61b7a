# frozen_string_literal: true

# spotify-token for Ruby, with the ffi gem: a binding to copy into a program. Needs the installed shared library.
#
#     SpotifyToken::Client.open do |client|
#       request["Authorization"] = client.token.authorization
#     end
#
# What may ask the server is attached with `blocking: true`: other Ruby threads go on meanwhile.

require "ffi"

module SpotifyToken
  # Why there is no token. `code` is one of SPOTIFY_ERROR_*, `name` its name; `message` is for a person.
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

  # A client that was closed is used.
  class Closed < StandardError; end

  # The struct that the library fills.
  class Raw < FFI::Struct
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

  # A spotify_client. The garbage collector frees it when no call uses it and nobody refers to it any more.
  class Handle < FFI::AutoPointer
    def self.release(pointer)
      Library.spotify_client_free(pointer)
    end
  end

  # The C functions.
  module Library
    extend FFI::Library
    ffi_lib ENV.fetch("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")

    attach_function :spotify_version, [], :string
    attach_function :spotify_token_size, [], :size_t
    unless spotify_token_size == Raw.size && spotify_version.start_with?("0.")
      raise LoadError, "the library is spotify-token #{spotify_version}; this binding is for 0.x"
    end

    callback :logger, %i[pointer int32 string], :void
    attach_function :spotify_error_name, [:int32], :string
    attach_function :spotify_token_clear, [Raw.by_ref], :void
    attach_function :spotify_token_authorization, [Raw.by_ref], :string
    attach_function :spotify_token_oauth_error, [Raw.by_ref], :string
    attach_function :spotify_token_retry_after, [Raw.by_ref], :int64
    attach_function :spotify_config_new, [], :pointer
    attach_function :spotify_config_set, %i[pointer string string], :int32
    attach_function :spotify_config_set_logger, %i[pointer logger pointer], :int32
    attach_function :spotify_config_error, [:pointer], :string
    attach_function :spotify_config_free, [:pointer], :void
    attach_function :spotify_client_new, [:pointer], :pointer
    attach_function :spotify_client_token_into, [:pointer, Raw.by_ref], :int32, blocking: true
    attach_function :spotify_client_cached_into, [:pointer, Raw.by_ref], :int32
    attach_function :spotify_client_invalidate, %i[pointer string], :void
    attach_function :spotify_client_cancel, [:pointer], :void
    attach_function :spotify_client_free, [:pointer], :void
  end

  # A token. Its text is Ruby's own copy, and `inspect` does not show it.
  class Token
    attr_reader :access_token, :authorization, :scope, :expires_at, :expires_in

    # Copies what the library filled, and releases it.
    def self.take(raw)
      raise failure(raw) unless raw[:error_code].zero?

      new(raw)
    ensure
      Library.spotify_token_clear(raw)
    end

    def self.failure(raw)
      Error.new(raw[:error_code], raw[:error_message].force_encoding(Encoding::UTF_8),
                http_status: raw[:http_status],
                oauth_error: Library.spotify_token_oauth_error(raw),
                retry_after: Library.spotify_token_retry_after(raw))
    end
    private_class_method :failure

    def initialize(raw)
      @access_token = raw[:access_token]
      @authorization = Library.spotify_token_authorization(raw)
      @scope = raw[:scope]
      @expires_at = Time.at(raw[:expires_at])
      @expires_in = raw[:expires_in]
    end

    def inspect
      "#<#{self.class} expires_at=#{expires_at}>"
    end
  end

  # A long-lived source of tokens, for any number of threads. Make one for each program; `options` are the library's.
  class Client
    # Loggers live as long as the process: a request under way may outlive its client.
    LOGGERS = []
    private_constant :LOGGERS

    def self.open(...)
      client = new(...)
      yield client
    ensure
      client&.close
    end

    def initialize(logger: nil, **options)
      config = Library.spotify_config_new
      options.each do |name, value|
        code = Library.spotify_config_set(config, name.to_s, value.to_s)
        raise Error.new(code, Library.spotify_config_error(config)) unless code.zero?
      end
      Library.spotify_config_set_logger(config, c_logger(logger), nil) if logger
      @handle = Handle.new(Library.spotify_client_new(config))
    ensure
      Library.spotify_config_free(config)
    end

    # A valid token. Blocks this thread while the server must be asked.
    def token
      raw = Raw.new
      Library.spotify_client_token_into(handle, raw)
      Token.take(raw)
    end

    # Says that the Web API rejected this token.
    def invalidate(token)
      Library.spotify_client_invalidate(handle, token.access_token)
    end

    # Ends the calls that wait now, and lets go of the client. Closing twice is fine.
    def close
      handle = @handle
      @handle = nil
      Library.spotify_client_cancel(handle) if handle
    end

    private

    def handle
      @handle or raise Closed, "the client is closed"
    end

    def c_logger(logger)
      log = proc do |_user_data, level, message|
        logger.call(level, message)
      rescue StandardError => e # there is C behind this function: nothing may leave it
        warn e.full_message(highlight: false)
      end
      LOGGERS << log
      log
    end
  end
end
