module example.org/libspotify-token

go 1.19
