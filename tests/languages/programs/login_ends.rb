# frozen_string_literal: true

# Ends with status 3 while another thread waits for the browser.

require "libspotify_token"

login = SpotifyToken::Login.new(logger: proc {}, on_refresh_token: proc {})
Thread.new { login.wait }.report_on_exception = false
sleep 0.2
exit 3
