#!/usr/bin/env perl
# Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
#
#     perl artist.pl

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP qw(decode_json);

use SpotifyToken;

my $API    = $ENV{SPOTIFY_API_URL} // 'https://api.spotify.com/v1';
my $ARTIST = '0TnOYISbd1XYRBk9myaseg';
my $http   = HTTP::Tiny->new(verify_SSL => 1, timeout => 30);

sub get {
    my ($url, $token) = @_;
    return $http->get($url, { headers => { Authorization => $token->{authorization} } });
}

sub artist {
    my ($client, $id) = @_;
    my $url    = "$API/artists/$id";
    my $token  = $client->token;
    my $response = get($url, $token);
    if ($response->{status} == 401) {
        # The token was revoked before it expired: try once more with a new one.
        $client->invalidate($token);
        $response = get($url, $client->token);
    }
    die "the Web API responded with $response->{status} $response->{reason}\n" unless $response->{success};
    return decode_json($response->{content});
}

my $name = eval { artist(SpotifyToken->new, $ARTIST)->{name} };
if (my $error = $@) {
    chomp $error;
    print {*STDERR} "$error\n";
    exit 1;
}
binmode STDOUT, ':encoding(UTF-8)';
print "$name\n";
