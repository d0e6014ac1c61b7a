package SpotifyToken::Login;

# Lets a user log in, once, in a browser. Open the url there, then wait, or finish with what the browser shows.

use strict;
use warnings;

use List::Util qw(max min);
use POSIX qw(ceil);
use Time::HiRes qw(time);

use parent 'SpotifyToken::Handle';

use SpotifyToken::Error;
use SpotifyToken::Library;

our $VERSION = '0.1.0';

# How long a wait for the browser is in C, in milliseconds. Signal handlers of Perl run between two turns.
my $TURN = 100;

# The options are those of a client.
sub new {
    my ($class, %options) = @_;
    my $self = bless { pointer => SpotifyToken::Library::with_config(\&SpotifyToken::Library::login_new, %options) }, $class;
    $self->{url} = SpotifyToken::Library::login_url($self->{pointer}) // $self->_wait_turn(0); # which throws the error
    return $self;
}

# Returns the address to open.
sub url {
    my ($self) = @_;
    return $self->{url};
}

# Waits for the browser, stores the login and returns the token. After so many seconds it throws an error with the code
# $SpotifyToken::Error::TIMEOUT, and can be called again; without, it waits as long as it takes.
sub wait {
    my ($self, $timeout) = @_;
    my $end = defined $timeout ? time + $timeout : 9**9**9;
    while (1) {
        my $left = max(0, ($end - time) * 1000);
        my $token = eval { $self->_wait_turn(ceil(min($left, $TURN))) };
        return $token if $token;
        die $@ if !ref $@ || $@->{code} != $SpotifyToken::Error::TIMEOUT;
        last if $left <= $TURN;
    }
    my $within = $timeout == int $timeout ? max(0, $timeout) . ' s' : max(0, int($timeout * 1000)) . ' ms';
    SpotifyToken::Error->throw($SpotifyToken::Error::TIMEOUT, "the browser has not come back within $within. "
        . 'Wait again, or paste the address that the browser shows after the login');
}

sub _wait_turn {
    my ($self, $milliseconds) = @_;
    return SpotifyToken::Library::filled(\&SpotifyToken::Library::login_wait, $self->_open_pointer, $milliseconds);
}

# Completes the login with the address that the browser shows after it, or with its code; returns the token.
sub finish {
    my ($self, $redirected_to) = @_;
    my $text = SpotifyToken::Library::c_string('the address', $redirected_to);
    return SpotifyToken::Library::filled(\&SpotifyToken::Library::login_finish, $self->_open_pointer, $text);
}

sub _name { return 'login' }

sub _free {
    my ($self, $pointer) = @_;
    SpotifyToken::Library::login_free($pointer);
    return;
}

1;
