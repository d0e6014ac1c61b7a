package SpotifyToken::Library;

# The C library: its functions, its struct, and what turns text and tokens of C into those of Perl.

use strict;
use warnings;

use FFI::Platypus 2.00;
use File::Basename qw(dirname);

use SpotifyToken::Error;

our $VERSION = '0.1.0';

my $ABI_VERSION = 0;

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

# Returns the file that SPOTIFY_TOKEN_LIBRARY names, or the one beside this module, or a name for the system's loader.
sub _path {
    my $name = $^O eq 'MSWin32' ? 'spotify_token.dll' : $^O eq 'darwin' ? 'libspotify_token.0.dylib' : 'libspotify_token.so.0';
    my $packaged = dirname(__FILE__) . "/$name";
    return $ENV{SPOTIFY_TOKEN_LIBRARY} // (-e $packaged ? $packaged : $name);
}

my $path = _path();
my $ffi  = FFI::Platypus->new(api => 2, lib => $path);
$ffi->type('record(SpotifyToken::CToken)*' => 'c_token');

# Platypus only warns of a library that it cannot load.
$ffi->find_symbol('spotify_abi_version') or die "$path is missing, or is not spotify-token\n";
$ffi->attach([ spotify_abi_version => 'abi_version' ], []         => 'sint32');
$ffi->attach([ spotify_version     => 'version' ],     []         => 'string');
$ffi->attach([ spotify_token_size  => 'token_size' ],  []         => 'size_t');
$ffi->attach([ spotify_error_name  => 'error_name' ],  ['sint32'] => 'string');
if (abi_version() != $ABI_VERSION || token_size() != $ffi->sizeof('record(SpotifyToken::CToken)')) {
    die sprintf "%s is spotify-token %s with ABI %d; this module needs ABI %d\n",
        $path, version(), abi_version(), $ABI_VERSION;
}

$ffi->attach([ spotify_token_clear         => 'clear'           ], ['c_token']                   => 'void');
$ffi->attach([ spotify_token_authorization => '_authorization'  ], ['c_token']                   => 'string');
$ffi->attach([ spotify_token_oauth_error   => '_oauth_error'    ], ['c_token']                   => 'string');
$ffi->attach([ spotify_token_retry_after   => '_retry_after'    ], ['c_token']                   => 'sint64');
$ffi->attach([ spotify_config_new          => '_config_new'     ], []                            => 'opaque');
$ffi->attach([ spotify_config_set          => '_config_set'     ], [qw(opaque string string)]    => 'sint32');
$ffi->attach([ spotify_config_error        => '_config_error'   ], ['opaque']                    => 'string');
$ffi->attach([ spotify_config_free         => '_config_free'    ], ['opaque']                    => 'void');
$ffi->attach([ spotify_client_new          => 'client_new'      ], ['opaque']                    => 'opaque');
$ffi->attach([ spotify_client_token_into   => 'token_into'      ], [qw(opaque c_token)]          => 'sint32');
$ffi->attach([ spotify_client_invalidate   => 'invalidate'      ], [qw(opaque string)]           => 'void');
$ffi->attach([ spotify_client_free         => 'client_free'     ], ['opaque']                    => 'void');
$ffi->attach([ spotify_error_description   => 'description'     ], ['sint32']                    => 'string');
$ffi->attach([ spotify_login_new           => 'login_new'       ], ['opaque']                    => 'opaque');
$ffi->attach([ spotify_login_url           => 'login_url'       ], ['opaque']                    => 'string');
$ffi->attach([ spotify_login_wait_into     => 'login_wait'      ], [qw(opaque sint64 c_token)]   => 'sint32');
$ffi->attach([ spotify_login_finish_into   => 'login_finish'    ], [qw(opaque string c_token)]   => 'sint32');
$ffi->attach([ spotify_login_free          => 'login_free'      ], ['opaque']                    => 'void');
$ffi->attach([ spotify_logout              => 'logout'          ], ['opaque']                    => 'sint32');

# Runs a function at the end of a block, whatever ends it, such as a signal handler that dies.
package SpotifyToken::AtEnd {
    sub new     { my ($class, $function) = @_; return bless $function, $class }
    sub DESTROY { my ($self) = @_; $self->(); return }
}

# Returns text as C wants it: UTF-8, and no NUL before its end. Bytes that are UTF-8 already stay as they are.
sub c_string {
    my ($what, $text) = @_;
    if ($text =~ /\0/) {
        SpotifyToken::Error->throw($SpotifyToken::Error::INVALID_ARGUMENT, "$what contains a NUL character. Remove it");
    }
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
sub with_config {
    my ($use, %options) = @_;
    my $config = _config_new();
    my $end    = SpotifyToken::AtEnd->new(sub { _config_free($config) });
    for my $name (grep { defined $options{$_} } keys %options) {
        my $value = c_string("the option $name", $options{$name});
        my $code  = _config_set($config, c_string('the name of an option', $name), $value);
        SpotifyToken::Error->throw($code, _text(_config_error($config))) if $code;
    }
    return $use->($config);
}

# Returns the token that a function of C writes.
sub filled {
    my ($function, @arguments) = @_;
    my $c_token = SpotifyToken::CToken->new;
    my $end     = SpotifyToken::AtEnd->new(sub { clear($c_token) });
    $function->(@arguments, $c_token);
    return _copy($c_token);
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

1;
