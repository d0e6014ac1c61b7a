package SpotifyToken;

# A binding of spotify-token for Perl, made with FFI::Platypus: copy it into your program. It needs the installed shared
# library.
#
#     my $client = SpotifyToken->new;
#     my $token  = $client->token;
#     $request->header(Authorization => $token->{authorization});
#
# A token that speaks for a user, who logs in once:
#
#     my $login = SpotifyToken::Login->new(scope => 'playlist-read-private');
#     print 'Open ', $login->url, "\n";
#     $login->wait;
#     my $client = SpotifyToken->new(grant => 'user');
#
# Errors are thrown as SpotifyToken::Error objects. There is no logger, and no function that keeps refresh tokens: the library
# calls them from threads of its own, and Perl cannot be called from there.

use strict;
use warnings;

use Carp qw(croak);
use FFI::Platypus 2.00;

our $VERSION = '0.1';

my $ABI_VERSION      = 0;
my $INVALID_ARGUMENT = 1;

# Mirrors the C struct spotify_token. The strings are pointers to what spotify_token_clear releases.
package SpotifyToken::CToken {
    use FFI::Platypus::Record;
    record_layout_1(
        opaque => 'access_token',
        opaque => 'token_type',
        opaque => 'scope',
        opaque => 'error_message',
        sint64 => 'expires_at',
        sint64 => 'expires_in',
        sint32 => 'error_code',
        sint32 => 'http_status',
        opaque => 'owner',
    );
}

# Says why there is no token. The code is one of SPOTIFY_ERROR_*, the name its name; the message is for a person.
package SpotifyToken::Error {
    use overload q("") => sub { $_[0]{name} . ': ' . $_[0]{message} }, fallback => 1;

    sub throw {
        my ($class, $code, $message, %details) = @_;
        die bless { %details, code => $code, message => $message, name => SpotifyToken::error_name($code) }, $class;
    }
}

my $path = $ENV{SPOTIFY_TOKEN_LIBRARY} // 'libspotify_token.so.0';
my $ffi  = FFI::Platypus->new(api => 2, lib => $path);
$ffi->type('record(SpotifyToken::CToken)*' => 'c_token');

# Platypus only warns of a library that it cannot load.
$ffi->find_symbol('spotify_abi_version') or die "$path is missing, or is not spotify-token\n";
$ffi->attach([ spotify_abi_version => 'abi_version' ], []         => 'sint32');
$ffi->attach([ spotify_version     => 'version' ],     []         => 'string');
$ffi->attach([ spotify_token_size  => 'token_size' ],  []         => 'size_t');
$ffi->attach([ spotify_error_name  => 'error_name' ],  ['sint32'] => 'string');
if (abi_version() != $ABI_VERSION || token_size() != $ffi->sizeof('record(SpotifyToken::CToken)')) {
    die sprintf "%s is spotify-token %s with ABI %d; this binding needs ABI %d\n",
        $path, version(), abi_version(), $ABI_VERSION;
}

$ffi->attach([ spotify_token_clear         => 'clear' ],             ['c_token'] => 'void');
$ffi->attach([ spotify_token_authorization => '_authorization' ],    ['c_token'] => 'string');
$ffi->attach([ spotify_token_oauth_error   => '_oauth_error' ],      ['c_token'] => 'string');
$ffi->attach([ spotify_token_retry_after   => '_retry_after' ],      ['c_token'] => 'sint64');
$ffi->attach([ spotify_config_new          => '_config_new' ],       []      => 'opaque');
$ffi->attach([ spotify_config_set          => '_config_set' ],       [qw(opaque string string)] => 'sint32');
$ffi->attach([ spotify_config_error        => '_config_error' ],     ['opaque'] => 'string');
$ffi->attach([ spotify_config_free         => '_config_free' ],      ['opaque'] => 'void');
$ffi->attach([ spotify_client_new          => '_client_new' ],       ['opaque'] => 'opaque');
$ffi->attach([ spotify_client_token_into   => 'token_into' ],        [qw(opaque c_token)] => 'sint32');
$ffi->attach([ spotify_client_invalidate   => '_invalidate' ],       [qw(opaque string)] => 'void');
$ffi->attach([ spotify_client_free         => '_client_free' ],      ['opaque'] => 'void');

$ffi->attach([ spotify_error_description   => '_description' ],      ['sint32'] => 'string');
$ffi->attach([ spotify_login_new           => '_login_new' ],        ['opaque'] => 'opaque');
$ffi->attach([ spotify_login_url           => '_login_url' ],        ['opaque'] => 'string');
$ffi->attach([ spotify_login_wait_into     => '_login_wait' ],       [qw(opaque sint64 c_token)] => 'sint32');
$ffi->attach([ spotify_login_finish_into   => '_login_finish' ],     [qw(opaque string c_token)] => 'sint32');
$ffi->attach([ spotify_login_free          => '_login_free' ],       ['opaque'] => 'void');
$ffi->attach([ spotify_logout              => '_logout' ],           ['opaque'] => 'sint32');

# Runs a function at the end of a block, whatever ends it, such as a signal handler that dies.
package SpotifyToken::AtEnd {
    sub new     { my ($class, $function) = @_; return bless $function, $class }
    sub DESTROY { my ($self) = @_; $self->(); return }
}

# Returns text as C wants it: UTF-8, and no NUL before its end. Bytes that are UTF-8 already stay as they are.
sub _c_string {
    my ($what, $text) = @_;
    SpotifyToken::Error->throw($INVALID_ARGUMENT, "$what contains a NUL character. Remove it") if $text =~ /\0/;
    my $bytes = $text;
    utf8::encode($bytes) if utf8::is_utf8($bytes) || !utf8::decode(my $decoded = $bytes);
    return $bytes;
}

# Returns the library's text as characters.
sub _text {
    my ($bytes) = @_;
    utf8::decode($bytes) if defined $bytes;
    return $bytes;
}

# Returns what a function makes of a configuration with these options.
sub _with_config {
    my ($use, %options) = @_;
    my $config = _config_new();
    my $end    = SpotifyToken::AtEnd->new(sub { _config_free($config) });
    for my $name (grep { defined $options{$_} } keys %options) {
        my $value = _c_string("the option $name", $options{$name});
        my $code  = _config_set($config, _c_string('the name of an option', $name), $value);
        SpotifyToken::Error->throw($code, _text(_config_error($config))) if $code;
    }
    return $use->($config);
}

# Makes a client, which returns tokens for as long as the process runs. A process needs one. The options are the
# library's, such as timeout_ms => 5000; one that is undefined is not set.
sub new {
    my ($class, %options) = @_;
    return bless { pointer => _with_config(\&_client_new, %options) }, $class;
}

# Forgets the stored login of the account that these options name.
sub logout {
    my (%options) = @_;
    my $code = _with_config(\&_logout, %options);
    SpotifyToken::Error->throw($code, _description($code)) if $code;
    return;
}

# Returns a valid token. Blocks the process while the server is asked.
sub token {
    my ($self) = @_;
    return _filled(\&token_into, $self->_open_pointer);
}

# Returns the token that a function of C writes.
sub _filled {
    my ($function, @arguments) = @_;
    my $c_token = SpotifyToken::CToken->new;
    my $end     = SpotifyToken::AtEnd->new(sub { clear($c_token) });
    $function->(@arguments, $c_token);
    return _copy($c_token);
}

# Drops this token, which the Web API rejected, from the cache.
sub invalidate {
    my ($self, $token) = @_;
    _invalidate($self->_open_pointer, $token->{access_token});
    return;
}

# Frees the client, as the end of its last reference does. Closing twice is fine.
sub close {
    my ($self) = @_;
    my $pointer = delete $self->{pointer};
    _client_free($pointer) if $pointer;
    return;
}

sub DESTROY {
    my ($self) = @_;
    # During global destruction Platypus may be gone already; the process ends then anyway.
    $self->close unless ${^GLOBAL_PHASE} eq 'DESTRUCT';
    return;
}

# Keeps the copy that a new interpreter thread gets from freeing the client.
sub CLONE_SKIP { return 1 }

sub _open_pointer {
    my ($self) = @_;
    return $self->{pointer} // croak 'the client is closed';
}

# Returns the token as a hash, or throws the error.
sub _copy {
    my ($c_token) = @_;
    my $text = sub { _text($ffi->cast(opaque => 'string', $_[0])) };
    if (my $code = $c_token->error_code) {
        SpotifyToken::Error->throw(
            $code, $text->($c_token->error_message),
            http_status => $c_token->http_status,
            oauth_error => _text(_oauth_error($c_token)),
            retry_after => _retry_after($c_token),
        );
    }
    return {
        access_token  => $text->($c_token->access_token),
        authorization => _text(_authorization($c_token)),
        scope         => $text->($c_token->scope),
        expires_at    => $c_token->expires_at,
        expires_in    => $c_token->expires_in,
    };
}

# Lets a user log in, once, in a browser. Open the url there, then wait, or finish with what the browser shows.
package SpotifyToken::Login;

use Carp qw(croak);
use List::Util qw(max min);
use POSIX qw(ceil);
use Time::HiRes qw(time);

our $TIMEOUT  = 13;
our $REQUIRED = 25;

# How long a wait for the browser is in C, in milliseconds. Signal handlers of Perl run between two turns.
my $TURN = 100;

# The options are those of a client.
sub new {
    my ($class, %options) = @_;
    my $self = bless { pointer => SpotifyToken::_with_config(\&SpotifyToken::_login_new, %options) }, $class;
    $self->{url} = SpotifyToken::_login_url($self->{pointer}) // $self->_wait_turn(0); # which throws the error
    return $self;
}

# Returns the address to open.
sub url {
    my ($self) = @_;
    return $self->{url};
}

# Waits for the browser, stores the login and returns the token. After so many seconds it throws an error with the code
# $TIMEOUT, and can be called again; without, it waits as long as it takes.
sub wait {
    my ($self, $timeout) = @_;
    my $end = defined $timeout ? time + $timeout : 9**9**9;
    while (1) {
        my $left = max(0, ($end - time) * 1000);
        my $token = eval { $self->_wait_turn(ceil(min($left, $TURN))) };
        return $token if $token;
        die $@ if !ref $@ || $@->{code} != $TIMEOUT;
        last if $left <= $TURN;
    }
    my $within = $timeout == int $timeout ? max(0, $timeout) . ' s' : max(0, int($timeout * 1000)) . ' ms';
    SpotifyToken::Error->throw($TIMEOUT, "the browser has not come back within $within. "
        . 'Wait again, or paste the address that the browser shows after the login');
}

sub _wait_turn {
    my ($self, $milliseconds) = @_;
    return SpotifyToken::_filled(\&SpotifyToken::_login_wait, $self->_open_pointer, $milliseconds);
}

# Completes the login with the address that the browser shows after it, or with its code; returns the token.
sub finish {
    my ($self, $redirected_to) = @_;
    my $text = SpotifyToken::_c_string('the address', $redirected_to);
    return SpotifyToken::_filled(\&SpotifyToken::_login_finish, $self->_open_pointer, $text);
}

# Frees the login, as the end of its last reference does. Closing twice is fine.
sub close {
    my ($self) = @_;
    my $pointer = delete $self->{pointer};
    SpotifyToken::_login_free($pointer) if $pointer;
    return;
}

sub DESTROY {
    my ($self) = @_;
    $self->close unless ${^GLOBAL_PHASE} eq 'DESTRUCT';
    return;
}

sub CLONE_SKIP { return 1 }

sub _open_pointer {
    my ($self) = @_;
    return $self->{pointer} // croak 'the login is closed';
}

1;
