# frozen_string_literal: true

require_relative "callbacks"
require_relative "handle"
require_relative "interruptible"

module SpotifyToken
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

  # Forgets the stored login of the account that these options name.
  def self.logout(**options)
    code = Interruptible.call { Callbacks.config(options, nil) { |config| Library.spotify_logout(config) } }
    raise Error.new(code, Library.spotify_error_description(code)) unless code.zero?
  end
end
