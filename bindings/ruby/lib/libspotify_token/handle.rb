# frozen_string_literal: true

require "ffi"
require_relative "callbacks"
require_relative "error"
require_relative "interruptible"
require_relative "token"

module SpotifyToken
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
      functions = Callbacks.new(logger, on_refresh_token)
      release = Handle.release(release, functions)
      @handle = Interruptible.call do
        Callbacks.config(options, functions) { |config| FFI::AutoPointer.new(make.call(config), release) }
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
end
