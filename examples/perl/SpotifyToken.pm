package SpotifyToken;

# spotify-token for Perl, with FFI::Platypus: a binding to copy into a program. Needs the installed shared library.
#
#     my $client = SpotifyToken->new;
#     my $token  = $client->token;
#     $request->header(Authorization => $token->{authorization});
#
# Errors are thrown as SpotifyToken::Error objects. There is no logger: the library may call it from another thread, and
# Perl must not be called from there.

use strict;
use warnings;

use Carp qw(croak);
use FFI::Platypus 2.00;

our $VERSION = '0.1';

# The struct that the library fills. The strings are pointers into what spotify_token_clear releases.
package SpotifyToken::Raw {
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

# Why there is no token. The code is one of SPOTIFY_ERROR_*, the name its name; the message is for a person.
package SpotifyToken::Error {
    use overload q("") => sub { $_[0]{name} . ': ' . $_[0]{message} }, fallback => 1;

    sub throw {
        my ($class, $code, $message, %details) = @_;
        die bless { %details, code => $code, message => $message, name => SpotifyToken::error_name($code) }, $class;
    }
}

my $path = $ENV{SPOTIFY_TOKEN_LIBRARY} // 'libspotify_token.so.0';
my $ffi  = FFI::Platypus->new(api => 2, lib => $path);
$ffi->type('record(SpotifyToken::Raw)*' => 'raw');

# Platypus only warns of a library that it cannot load.
$ffi->find_symbol('spotify_token_size') or die "$path is missing, or is not spotify-token\n";
$ffi->attach([ spotify_version    => 'version' ],    []         => 'string');
$ffi->attach([ spotify_token_size => 'token_size' ], []         => 'size_t');
$ffi->attach([ spotify_error_name => 'error_name' ], ['sint32'] => 'string');
if (token_size() != $ffi->sizeof('record(SpotifyToken::Raw)') || version() !~ /\A0\./) {
    die "$path is spotify-token " . version() . "; this binding is for 0.x\n";
}

$ffi->attach([ spotify_token_clear         => 'clear' ],             ['raw'] => 'void');
$ffi->attach([ spotify_token_authorization => '_authorization' ],    ['raw'] => 'string');
$ffi->attach([ spotify_token_oauth_error   => '_oauth_error' ],      ['raw'] => 'string');
$ffi->attach([ spotify_token_retry_after   => '_retry_after' ],      ['raw'] => 'sint64');
$ffi->attach([ spotify_config_new          => '_config_new' ],       []      => 'opaque');
$ffi->attach([ spotify_config_set          => '_config_set' ],       [qw(opaque string string)] => 'sint32');
$ffi->attach([ spotify_config_error        => '_config_error' ],     ['opaque'] => 'string');
$ffi->attach([ spotify_config_free         => '_config_free' ],      ['opaque'] => 'void');
$ffi->attach([ spotify_client_new          => '_client_new' ],       ['opaque'] => 'opaque');
$ffi->attach([ spotify_client_token_into   => 'token_into' ],        [qw(opaque raw)] => 'sint32');
$ffi->attach([ spotify_client_invalidate   => '_invalidate' ],       [qw(opaque string)] => 'void');
$ffi->attach([ spotify_client_free         => '_client_free' ],      ['opaque'] => 'void');

# A long-lived source of tokens. Make one for each process; the options are the library's.
sub new {
    my ($class, %options) = @_;
    my $config = _config_new();
    my $self   = eval {
        for my $name (keys %options) {
            my $code = _config_set($config, $name, $options{$name});
            SpotifyToken::Error->throw($code, _config_error($config)) if $code;
        }
        bless { pointer => _client_new($config) }, $class;
    };
    my $error = $@;
    _config_free($config);
    return $self // die $error;
}

# A valid token. Blocks while the server must be asked.
sub token {
    my ($self) = @_;
    my $raw = SpotifyToken::Raw->new;
    token_into($self->_open, $raw);
    my $token = eval { _copied($raw) };
    my $error = $@;
    clear($raw);
    return $token // die $error;
}

# Says that the Web API rejected this token.
sub invalidate {
    my ($self, $token) = @_;
    _invalidate($self->_open, $token->{access_token});
    return;
}

# Releases the client; so does the end of its last reference. Closing twice is fine.
sub close {
    my ($self) = @_;
    my $pointer = delete $self->{pointer};
    _client_free($pointer) if $pointer;
    return;
}

sub DESTROY {
    my ($self) = @_;
    # While the interpreter goes down, Platypus may be gone already; then the system releases everything.
    $self->close unless ${^GLOBAL_PHASE} eq 'DESTRUCT';
    return;
}

# Another interpreter thread must not free what it has no part in.
sub CLONE_SKIP { return 1 }

sub _open {
    my ($self) = @_;
    return $self->{pointer} // croak 'the client is closed';
}

sub _copied {
    my ($raw) = @_;
    my $text = sub { $ffi->cast(opaque => 'string', $_[0]) };
    if (my $code = $raw->error_code) {
        SpotifyToken::Error->throw(
            $code, $text->($raw->error_message),
            http_status => $raw->http_status,
            oauth_error => _oauth_error($raw),
            retry_after => _retry_after($raw),
        );
    }
    return {
        access_token  => $text->($raw->access_token),
        authorization => _authorization($raw),
        scope         => $text->($raw->scope),
        expires_at    => $raw->expires_at,
        expires_in    => $raw->expires_in,
    };
}

1;
