// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//	go run .
//	go run . login
//	go run . misuse
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	spotifytoken "example.org/libspotify-token"
	"example.org/spotify-token/artist/webapi"
)

const artistID = "0TnOYISbd1XYRBk9myaseg"

func run() error {
	client, err := spotifytoken.NewClient(nil)
	if err != nil {
		return err
	}
	defer client.Close()
	name, err := webapi.ArtistName(context.Background(), client, artistID)
	if err != nil {
		return err
	}
	fmt.Println(name)
	return nil
}

func main() {
	act := run
	switch strings.Join(os.Args[1:], " ") {
	case "login":
		act = login
	case "misuse":
		act = misuse
	}
	if err := act(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
