# frozen_string_literal: true

# Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.

require "objspace"
require "timeout"
require "libspotify_token"

$stdout.sync = true
USER = { grant: "user", scope: "playlist-read-private" }.freeze

def row(name, *values)
  puts "#{name}: #{values.join(', ')}"
end

# Says how a call ends.
def how
  yield
  "done"
rescue SpotifyToken::Error => e
  [e.name, e.oauth_error].compact.join(" ")
rescue SpotifyToken::Closed
  "closed"
end

def message
  yield
rescue SpotifyToken::Error => e
  e.message
end

# Asks the test to play the browser while this program waits.
def browser(action, login)
  puts "#{action} #{login.url}"
end

# Asks the test for the address that the browser shows in the end.
def address(login)
  puts "agree #{login.url}"
  $stdin.gets
end

# Asks a new client, which has no error in its memory.
def token(**options)
  SpotifyToken::Client.open(**USER, **options, &:token)
end

def same(one, other)
  one.access_token == other.access_token ? "same token" : "another token"
end

# Waits in another thread, which is in C when this returns.
def waiting(login)
  thread = Thread.new { how { login.wait } }
  sleep 0.05
  thread
end

row "not logged in", how { token }
row "bad option", how { token(redirect_uri: "http://localhost/callback") }
row "NUL in a name", how { token("account\0": "x") }
row "NUL in a value", how { token(account: "a\0b") }
SpotifyToken::Login.open(**USER, account: nil) { row "option without a value", "ignored" }
nowhere = { logins: "file:/dev/null/\u00fc".encode("ISO-8859-1") }
row "cannot begin", how { SpotifyToken::Login.new(**USER, **nowhere) },
    "names #{message { SpotifyToken::Login.new(**USER, **nowhere) }[%r{/dev/null/\p{L}}]}"

login = SpotifyToken::Login.new(**USER)
row "time is up", "#{how { login.wait(0.25) }} #{message { login.wait(0.25) }[/within \d+ ms/]}"
row "time was up before", how { login.wait(-1) }
begin
  Timeout.timeout(0.1) { login.wait }
rescue Timeout::Error
  sleep 0.3
  # Ruby's own thread for timeouts may be there too.
  left = Thread.list.count { |thread| thread.backtrace&.any?(/spotify_token/) && thread != Thread.current }
  row "given up", left.zero? ? "at once" : "a thread is left"
end
row "empty line", how { login.finish("\n") }
row "NUL in the address", how { login.finish("a\0b") }
row "address in another alphabet", how { login.finish("\u00fc".encode("UTF-16LE")) }
row "wrong state", how { login.finish("http://127.0.0.1/callback?code=x&state=y") }
child = IO.popen("-") || (puts(how { login.wait(0) }) || exit!)
row "in a child of fork", child.read.chomp

browser "browse", login
first = login.wait
row "browser", first.scope
again, pasted = login.wait, login.finish("x")
row "finished", again.access_token == first.access_token ? "waits again" : "another token",
    pasted.access_token == first.access_token ? "pastes again" : "another token"
2.times { login.close }
row "closed twice", how { login.wait }, how { login.finish("x") }
abort "no url" unless login.url.start_with?("http")
row "client", same(token, first)
row "other process", `spotify-token token --user`.chomp == first.access_token ? "same token" : "another token"
row "lacks a scope", how { token(scope: "user-library-read") }

login = SpotifyToken::Login.new(**USER)
wait = Thread.new { login.wait }
second = login.finish(address(login))
row "pasted", second.scope
row "pasted while it waits", same(wait.value, second)
login.close

login = SpotifyToken::Login.new(**USER)
browser "decline", login
row "declined", how { login.wait }
login.close

login = SpotifyToken::Login.new(**USER)
wait = waiting(login)
login.cancel
row "cancelled while it waits", wait.value, how { login.wait }
login.close
login.cancel

login = SpotifyToken::Login.new(**USER)
wait = waiting(login)
login.close
row "closed while it waits", %w[closed SPOTIFY_ERROR_CANCELLED].include?(wait.value) ? "ended" : wait.value

row "logout", how { SpotifyToken.logout(**USER) }, how { SpotifyToken.logout(**USER) }, how { token }

# Keeps refresh tokens, and raises what a program may raise.
class Keeper
  attr_reader :kept

  def initialize
    @kept = []
  end

  def call(refresh_token)
    @kept << refresh_token
    raise NotImplementedError, "from the keeper"
  end
end

$stderr.reopen(File::NULL) # what the keeper raises is shown there
def keep
  keeper = Keeper.new
  SpotifyToken::Login.open(**USER, on_refresh_token: keeper) { |login| login.finish(address(login)) }
  row "kept", keeper.kept.size, how { token }
  token(refresh_token: keeper.kept.first, on_refresh_token: keeper)
  row "rotated", keeper.kept.size, keeper.kept.uniq.size == 2 ? "another" : "the same"
end

keep
# The garbage collector takes an address on the stack for a reference, so one of several has to be gone.
GC.start
row "function that kept them", ObjectSpace.each_object(Keeper).none? ? "collected" : "kept"
