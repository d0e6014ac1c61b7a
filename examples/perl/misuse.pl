#!/usr/bin/env perl
# What a program must not do, and what then happens: an error in Perl's manner, or nothing. Never a crash.

use strict;
use warnings;

use SpotifyToken;

my $client = SpotifyToken->new;
my $raw    = SpotifyToken::Raw->new;
SpotifyToken::token_into($client->{pointer}, $raw);
SpotifyToken::clear($raw) for 1 .. 2;
print 'token cleared twice: ', $raw->access_token // 'undef', "\n";

$client->close for 1 .. 2;
print "client closed twice: nothing happens\n";

eval { $client->token };
print "used after close: $@";

eval { SpotifyToken->new(timeout_ms => 'soon') };
print "bad option: $@->{name}\n";

print "logger raised: there is no logger in Perl\n";
