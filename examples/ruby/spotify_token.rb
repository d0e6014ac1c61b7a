# frozen_string_literal: true

# A binding of spotify-token for Ruby, made with the ffi gem: copy it into your program. It needs the installed shared
# library.
#
#     SpotifyToken::Client.open do |client|
#       request["Authorization"] = client.token.authorization
#     end
#
# A token that speaks for a user, who logs in once:
#
#     SpotifyToken::Login.open(scope: "playlist-read-private") do |login|
#       puts "Open #{login.url}"
#       login.wait
#     end
#     client = SpotifyToken::Client.new(grant: "user")

require "ffi"

module SpotifyToken
  ABI_VERSION = 0
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

  # Says that the client was closed.
  class Closed < StandardError; end

  # Text of the library, which is UTF-8 without a NUL character.
  module Text
    extend FFI::DataConverter
    native_type FFI::Type::STRING

    def self.to_native(value, _context)
      text = value&.encode(Encoding::UTF_8)
      raise Error.new(INVALID_ARGUMENT, "the text contains a NUL character. Remove it") if text&.include?("\0")

      text
    rescue EncodingError => e
      raise Error.new(INVALID_ARGUMENT, "the text has no UTF-8: #{e.message}. Check its encoding")
    end

    def self.from_native(value, _context)
      value&.force_encoding(Encoding::UTF_8)
    end
  end

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

  # The C functions. `blocking: true` lets other Ruby threads go on; one of them may be the logger's, which
  # spotify_client_free waits for.
  module Library
    extend FFI::Library
    ffi_lib ENV.fetch("SPOTIFY_TOKEN_LIBRARY", "libspotify_token.so.0")

    attach_function :spotify_abi_version, [], :int32
    attach_function :spotify_version, [], Text
    attach_function :spotify_token_size, [], :size_t
    unless spotify_abi_version == ABI_VERSION && spotify_token_size == CToken.size
      raise LoadError, "the library is spotify-token #{spotify_version} with ABI #{spotify_abi_version}; " \
                       "this binding needs ABI #{ABI_VERSION}"
    end

    callback :logger, [:pointer, :int32, Text], :void
    callback :keeper, [:pointer, Text], :void
    attach_function :spotify_error_name, [:int32], Text
    attach_function :spotify_token_clear, [CToken.by_ref], :void
    attach_function :spotify_token_authorization, [CToken.by_ref], Text
    attach_function :spotify_token_oauth_error, [CToken.by_ref], Text
    attach_function :spotify_token_retry_after, [CToken.by_ref], :int64
    attach_function :spotify_config_new, [], :pointer
    attach_function :spotify_config_set, [:pointer, Text, Text], :int32
    attach_function :spotify_config_set_logger, %i[pointer logger pointer], :int32
    attach_function :spotify_config_error, [:pointer], Text
    attach_function :spotify_config_free, [:pointer], :void
    attach_function :spotify_client_new, [:pointer], :pointer
    attach_function :spotify_client_token_into, [:pointer, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_client_invalidate, [:pointer, Text], :void, blocking: true
    attach_function :spotify_client_cancel, [:pointer], :void
    attach_function :spotify_client_free, [:pointer], :void, blocking: true
    attach_function :spotify_config_set_refresh_token_fn, %i[pointer keeper pointer], :int32
    attach_function :spotify_login_new, [:pointer], :pointer, blocking: true
    attach_function :spotify_login_url, [:pointer], Text
    attach_function :spotify_login_wait_into, [:pointer, :int64, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_login_finish_into, [:pointer, Text, CToken.by_ref], :int32, blocking: true
    attach_function :spotify_login_cancel, [:pointer], :void
    attach_function :spotify_login_free, [:pointer], :void, blocking: true
    attach_function :spotify_logout, [:pointer], :int32, blocking: true
    attach_function :spotify_error_description, [:int32], Text
  end

  # Functions of Ruby that C calls, from any thread. They have to live as long as what C calls them for.
  class Functions
    def initialize(logger, on_refresh_token)
      @logger = logger && Functions.c_function([:pointer, :int32, Text], logger)
      @on_refresh_token = on_refresh_token && Functions.c_function([:pointer, Text], on_refresh_token)
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

  # Calls C in a thread of its own. A thread that is in C cannot be interrupted; this one, which waits in Ruby, can: by Ctrl-C,
  # by Timeout, by Thread#kill.
  module Interruptible
    def self.call(&block)
      begin
        thread = Thread.new do
          Thread.current.report_on_exception = false
          block.call
        end
      rescue ThreadError # no thread can be made
        return block.call
      end
      thread.value
    end
  end

  # Forgets the stored login of the account that these options name.
  def self.logout(**options)
    code = Interruptible.call { Functions.config(options, nil) { |config| Library.spotify_logout(config) } }
    raise Error.new(code, Library.spotify_error_description(code)) unless code.zero?
  end

  # What a client and a login have in common: a handle of C, which threads of their own use.
  class Handle
    OPEN = ObjectSpace::WeakMap.new
    private_constant :OPEN

    # Ruby waits for its threads before it ends, and a thread in C notices nothing: close cancels its call.
    at_exit { OPEN.keys.each(&:close) }

    # Gives the block one, and closes it.
    def self.open(...)
      opened = new(...)
      yield opened
    ensure
      opened&.close
    end

    # Cancels the calls that wait, and frees the handle when they have returned. Closing twice is fine.
    def close
      raise ThreadError, "a logger cannot close a client" if Thread.current[:is_in_spotify_callback]

      handle = @handle
      @handle = nil
      return unless handle

      # In a child of fork() the parent's threads are not alive.
      while @calls.any?(&:alive?)
        cancel_calls(handle)
        sleep 0.001
      end
      handle.free
    end

    private

    # Makes a handle with what the block makes of a configuration. `release` and the block must not refer to this object.
    def begin_with(options, logger, on_refresh_token, release, &make)
      @process = Process.pid
      @calls = [] # the threads that are in C
      functions = Functions.new(logger, on_refresh_token)
      release = Handle.release(release, functions)
      @handle = Interruptible.call do
        Functions.config(options, functions) { |config| FFI::AutoPointer.new(make.call(config), release) }
      end
      OPEN[self] = true
    end

    # Makes a function that frees a handle, and keeps the functions until then.
    def self.release(free, functions)
      proc do |pointer|
        free.call(pointer)
        functions
      end
    end

    # Calls C with the handle.
    def call(&block)
      revive_functions if @process != Process.pid
      Interruptible.call { use(&block) }
    end

    def use
      @calls << Thread.current # first, so that close waits for this call
      yield @handle || raise(Closed, "the client is closed")
    ensure
      @calls.delete(Thread.current)
    end

    # Returns the token that a function of C writes.
    def token_of(handle, function, *arguments)
      c_token = CToken.new
      Library.public_send(function, handle, *arguments, c_token)
      Token.copy_and_clear(c_token)
    end

    # ffi calls Ruby from a thread that a child of fork() does not have. Making a function starts it.
    def revive_functions
      @process = Process.pid
      FFI::Function.new(:void, []) { nil }
    end
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
  class Client < Handle
    # `logger` is called with a level and a message, and `on_refresh_token` with each new refresh token of a program that
    # keeps them itself, from any thread.
    def initialize(logger: nil, on_refresh_token: nil, **options)
      begin_with(options, logger, on_refresh_token, Library.method(:spotify_client_free)) do |config|
        Library.spotify_client_new(config)
      end
    end

    # Returns a valid token. Blocks this thread while the server is asked.
    def token
      call { |handle| token_of(handle, :spotify_client_token_into) }
    end

    # Drops this token, which the Web API rejected, from the cache.
    def invalidate(token)
      call { |handle| Library.spotify_client_invalidate(handle, token.access_token) }
    end

    private

    def cancel_calls(handle)
      Library.spotify_client_cancel(handle)
    end
  end

  # Lets a user log in, once, in a browser. Open `url` there, then `wait`, or `finish` with what the browser shows. Both may
  # be called at the same time, in two threads: the first to succeed ends the other, which returns the same token. With
  # `on_refresh_token`, that gets the refresh token, and nothing is stored. Close it when it is not needed any more.
  class Login < Handle
    # How long a wait for the browser is in C, in seconds. So a wait that was interrupted leaves no thread behind.
    TURN = 0.1
    private_constant :TURN

    attr_reader :url

    def initialize(logger: nil, on_refresh_token: nil, **options)
      begin_with(options, logger, on_refresh_token, Library.method(:spotify_login_free)) do |config|
        Library.spotify_login_new(config)
      end
      @url = Library.spotify_login_url(@handle)
      return if @url

      begin
        wait(0) # raises the error
      ensure
        close
      end
    end

    # Waits for the browser, stores the login and returns the token. After `timeout` seconds it raises an Error with the
    # code TIMEOUT, and can be called again; without, it waits as long as it takes.
    def wait(timeout = nil)
      timeout = timeout ? [timeout, 0].max : Float::INFINITY
      finish = now + timeout
      loop do
        left = [finish - now, 0].max
        return wait_turn([left, TURN].min)
      rescue Error => e
        raise if e.code != TIMEOUT
        raise not_within(timeout) if left <= TURN
      end
    end

    # Completes the login with the address that the browser shows after it, or with its code; returns the token.
    def finish(redirected_to)
      call { |handle| token_of(handle, :spotify_login_finish_into, redirected_to) }
    end

    # Ends the login: calls that wait raise an Error with the code CANCELLED, and so do later ones.
    def cancel
      handle = @handle
      Library.spotify_login_cancel(handle) if handle
    end

    private

    def cancel_calls(handle)
      Library.spotify_login_cancel(handle)
    end

    def wait_turn(seconds)
      call { |handle| token_of(handle, :spotify_login_wait_into, (seconds * 1000).ceil) }
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    def not_within(timeout)
      time = timeout.to_i == timeout ? "#{timeout.to_i} s" : "#{(timeout * 1000).ceil} ms"
      Error.new(TIMEOUT, "the browser has not come back within #{time}. " \
                         "Wait again, or paste the address that the browser shows after the login")
    end
  end
end
