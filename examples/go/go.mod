module example.org/spotify-token/artist

go 1.19

require example.org/libspotify-token v0.1.0

// In this repository. A program of yours needs no such line.
replace example.org/libspotify-token => ../../bindings/go
