package SpotifyToken::Error;

# Says why there is no token. The code is one of SPOTIFY_ERROR_*, the name its name; the message is for a person.

use strict;
use warnings;

our $VERSION = '0.1.0';

our $INVALID_ARGUMENT = 1;
our $TIMEOUT          = 13;
our $LOGIN_REQUIRED   = 25;

use overload q("") => sub { $_[0]{name} . ': ' . $_[0]{message} }, fallback => 1;

sub throw {
    my ($class, $code, $message, %details) = @_;
    die bless { %details, code => $code, message => $message, name => SpotifyToken::Library::error_name($code) }, $class;
}

1;
