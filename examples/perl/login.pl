#!/usr/bin/env perl
# Prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI is
# http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
#
#     perl login.pl

use strict;
use warnings;

use HTTP::Tiny;
use IO::Select;
use JSON::PP qw(decode_json);

use SpotifyToken;

my $API     = $ENV{SPOTIFY_API_URL} // 'https://api.spotify.com/v1';
my %OPTIONS = (grant => 'user', scope => 'playlist-read-private');

# Runs this; returns the error's code if it failed with one of the library.
sub code_of {
    my ($run) = @_;
    return 0 if eval { $run->(); 1 };
    my $error = $@;
    die $error unless ref $error;
    return ($error->{code}, $error);
}

# Waits for the browser, and looks meanwhile whether an address was pasted.
sub log_in {
    my $login = SpotifyToken::Login->new(%OPTIONS);
    print {*STDERR} "Open this address in a browser, and agree:\n", $login->url, "\n";
    my $input = IO::Select->new(\*STDIN);
    while (1) {
        my ($code, $error) = code_of(sub { $login->wait(0.2) });
        return if !$code;
        die $error if $code != $SpotifyToken::Error::TIMEOUT;
        next unless $input->can_read(0);
        # Not buffered: select does not see what a buffer holds.
        my $line = '';
        while (substr($line, -1) ne "\n") {
            sysread STDIN, $line, 1, length $line or last;
        }
        if ($line eq '') {
            $input->remove(\*STDIN); # its end
            next;
        }
        ($code, $error) = code_of(sub { $login->finish($line) });
        return if !$code;
        print {*STDERR} "$error->{message}\n";
    }
}

sub token {
    my ($client) = @_;
    my $token;
    my ($code, $error) = code_of(sub { $token = $client->token });
    return $token if !$code;
    die $error if $code != $SpotifyToken::Error::LOGIN_REQUIRED;
    log_in();
    return $client->token;
}

my @names = eval {
    my $token    = token(SpotifyToken->new(%OPTIONS));
    my $http     = HTTP::Tiny->new(verify_SSL => 1, timeout => 30);
    my $response = $http->get("$API/me/playlists", { headers => { Authorization => $token->{authorization} } });
    die "the Web API responded with $response->{status} $response->{reason}\n" unless $response->{success};
    map { $_->{name} } @{ decode_json($response->{content})->{items} };
};
if (my $error = $@) {
    chomp $error;
    print {*STDERR} "$error\n";
    exit 1;
}
binmode STDOUT, ':encoding(UTF-8)';
print "$_\n" for @names;
