package SpotifyToken;

use strict;
use warnings;

use parent 'SpotifyToken::Handle';

use SpotifyToken::Error;
use SpotifyToken::Library;
use SpotifyToken::Login;

our $VERSION = '0.1.0';

# Makes a client, which returns tokens for as long as the process runs. A process needs one. The options are the
# library's, such as timeout_ms => 5000; one that is undefined is not set.
sub new {
    my ($class, %options) = @_;
    return bless { pointer => SpotifyToken::Library::with_config(\&SpotifyToken::Library::client_new, %options) }, $class;
}

# Forgets the stored login of the account that these options name.
sub logout {
    my (%options) = @_;
    my $code = SpotifyToken::Library::with_config(\&SpotifyToken::Library::logout, %options);
    SpotifyToken::Error->throw($code, SpotifyToken::Library::description($code)) if $code;
    return;
}

# Returns a valid token. Blocks the process while the server is asked.
sub token {
    my ($self) = @_;
    return SpotifyToken::Library::filled(\&SpotifyToken::Library::token_into, $self->_open_pointer);
}

# Drops this token, which the Web API rejected, from the cache.
sub invalidate {
    my ($self, $token) = @_;
    SpotifyToken::Library::invalidate($self->_open_pointer, $token->{access_token});
    return;
}

sub _name { return 'client' }

sub _free {
    my ($self, $pointer) = @_;
    SpotifyToken::Library::client_free($pointer);
    return;
}

1;

__END__

=encoding utf8

=head1 NAME

SpotifyToken - access tokens for the Spotify Web API

=head1 SYNOPSIS

    my $client = SpotifyToken->new;
    my $token  = $client->token;
    $request->header(Authorization => $token->{authorization});

A token that speaks for a user, who logs in once:

    my $login = SpotifyToken::Login->new(scope => 'playlist-read-private');
    print 'Open ', $login->url, "\n";
    $login->wait;
    my $client = SpotifyToken->new(grant => 'user');

=head1 DESCRIPTION

Tokens are cached and refreshed before they expire. The README describes every call. Errors are thrown as C<SpotifyToken::Error>
objects.

There is no logger, and no function that keeps refresh tokens: the library calls them from threads of its own, and Perl cannot be
called from there.

=head1 LICENSE

Apache License 2.0 or MIT license, at your option.

=cut
