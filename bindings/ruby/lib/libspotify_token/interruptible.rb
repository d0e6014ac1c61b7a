# frozen_string_literal: true

module SpotifyToken
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
end
