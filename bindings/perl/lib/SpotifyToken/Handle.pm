package SpotifyToken::Handle;

# What a client and a login have in common: a pointer of C that is freed once. A subclass has a name and a function that frees.

use strict;
use warnings;

use Carp qw(croak);

our $VERSION = '0.1.0';

# Frees it, as the end of its last reference does. Closing twice is fine.
sub close {
    my ($self) = @_;
    my $pointer = delete $self->{pointer};
    $self->_free($pointer) if $pointer;
    return;
}

sub DESTROY {
    my ($self) = @_;
    # During global destruction Platypus may be gone already; the process ends then anyway.
    $self->close unless ${^GLOBAL_PHASE} eq 'DESTRUCT';
    return;
}

# Keeps the copy that a new interpreter thread gets from freeing the pointer.
sub CLONE_SKIP { return 1 }

sub _open_pointer {
    my ($self) = @_;
    return $self->{pointer} // croak 'the ' . $self->_name . ' is closed';
}

1;
