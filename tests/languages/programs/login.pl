#!/usr/bin/env perl
# Prints how each way to log in ends, as tests/languages/login_calls.rs wants it.

use strict;
use warnings;
use utf8;

use SpotifyToken;

binmode STDOUT, ':encoding(UTF-8)';
$| = 1;
my %USER = (grant => 'user', scope => 'playlist-read-private');

sub row {
    my ($name, @values) = @_;
    print "$name: ", join(', ', @values), "\n";
}

# Says how a call ends.
sub how {
    my ($call) = @_;
    return 'done' if eval { $call->(); 1 };
    return ref $@ ? join ' ', grep { defined } @{$@}{qw(name oauth_error)} : $@ =~ /closed/ ? 'closed' : $@;
}

sub message {
    my ($pattern, $call) = @_;
    return 'done' if eval { $call->(); 1 };
    return $@->{message} =~ /($pattern)/ ? $1 : $@->{message};
}

# Asks the test to play the browser while this program waits.
sub browser {
    my ($action, $login) = @_;
    print "$action ", $login->url, "\n";
}

# Asks a new client, which has no error in its memory.
sub token {
    my (%options) = @_;
    return SpotifyToken->new(%USER, %options)->token;
}

sub same {
    my ($one, $other) = @_;
    return $one eq $other ? 'same token' : 'another token';
}

row 'not logged in', how(sub { token() });
row 'bad option', how(sub { token(redirect_uri => 'http://localhost/callback') });
row 'NUL in a name', how(sub { token("account\0" => 'x') });
row 'NUL in a value', how(sub { token(account => "a\0b") });
SpotifyToken::Login->new(%USER, account => undef);
row 'option without a value', 'ignored';
# Characters, bytes of Latin-1, and bytes of UTF-8: all name the same directory.
my @forms = ("file:/dev/null/ü", "file:/dev/null/\xfc", "file:/dev/null/\xc3\xbc");
for my $form (@forms[1 .. 2]) {
    no utf8;
    utf8::downgrade($form);
}
my %ends = map {
    my $form = $_;
    my $nowhere = sub { SpotifyToken::Login->new(%USER, logins => $form) };
    (how($nowhere) . ', names ' . message(qr{/dev/null/\p{L}+}, $nowhere) => 1)
} @forms;
row 'cannot begin', sort keys %ends;

my $login = SpotifyToken::Login->new(%USER);
my $soon = sub { $login->wait(0.25) };
row 'time is up', how($soon) . ' ' . message(qr/within \d+ ms/, $soon);
row 'time was up before', how(sub { $login->wait(-1) });
local $SIG{ALRM} = sub { die "alarm\n" };
alarm 1;
eval { $login->wait };
row 'given up', $@ eq "alarm\n" ? 'at once' : $@;
row 'empty line', how(sub { $login->finish("\n") });
row 'NUL in the address', how(sub { $login->finish("a\0b") });
row 'address in another alphabet', how(sub { $login->finish('ü') });
row 'wrong state', how(sub { $login->finish('http://127.0.0.1/callback?code=x&state=y') });
if (!fork) {
    row 'in a child of fork', how(sub { $login->wait(0) });
    exit;
}
wait;

browser browse => $login;
my $first = $login->wait;
row 'browser', $first->{scope};
if (!grep { $_->{access_token} ne $first->{access_token} } $login->wait, $login->finish('x')) {
    row 'finished', 'waits again', 'pastes again';
}
$login->close for 1 .. 2;
row 'closed twice', how(sub { $login->wait }), how(sub { $login->finish('x') });
die unless $login->url =~ /^http/;
row 'client', same(token()->{access_token}, $first->{access_token});
chomp(my $other = `spotify-token token --user`);
row 'other process', same($other, $first->{access_token});
row 'lacks a scope', how(sub { token(scope => 'user-library-read') });

$login = SpotifyToken::Login->new(%USER);
browser agree => $login;
row 'pasted', $login->finish(scalar <STDIN>)->{scope};

$login = SpotifyToken::Login->new(%USER);
browser decline => $login;
row 'declined', how(sub { $login->wait });

my $logout = sub { SpotifyToken::logout(%USER) };
row 'logout', how($logout), how($logout), how(sub { token() });
