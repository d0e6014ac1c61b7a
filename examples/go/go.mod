module example.org/spotify-token/artist

go 1.19
