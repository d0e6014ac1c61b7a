module example.org/libspotify-token/spotifyoauth2

go 1.19

require (
	example.org/libspotify-token v0.1.0
	golang.org/x/oauth2 v0.3.0
)

// In this repository. A program of yours needs no such line.
replace example.org/libspotify-token => ..
