#!/usr/bin/env perl
# Does what a program must not do. The result is an error or nothing, and never a crash.

use strict;
use warnings;

use SpotifyToken;

my $client  = SpotifyToken->new;
my $c_token = SpotifyToken::CToken->new;
SpotifyToken::Library::token_into($client->{pointer}, $c_token);
SpotifyToken::Library::clear($c_token) for 1 .. 2;
print 'token cleared twice: ', $c_token->access_token // 'undef', "\n";

$client->close for 1 .. 2;
print "client closed twice: nothing happens\n";

eval { $client->token };
print "used after close: $@";

eval { SpotifyToken->new(timeout_ms => 'soon') };
print "bad option: $@->{name}\n";

print "logger raised: there is no logger in Perl\n";
