// Prints the name of an artist, without C: tokens come from the command spotify-token.
//
//	CGO_ENABLED=0 go run ./without_cgo
package main

import (
	"context"
	"fmt"
	"os"

	"example.org/libspotify-token/command"
	"example.org/spotify-token/artist/webapi"
)

func main() {
	name, err := webapi.ArtistName(context.Background(), command.NewClient(nil), "0TnOYISbd1XYRBk9myaseg")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(name)
}
