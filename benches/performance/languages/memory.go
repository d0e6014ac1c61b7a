// Prints what a cached token costs in Go, in nanoseconds a call: with the binding, and with golang.org/x/oauth2.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"time"

	spotifytoken "example.org/libspotify-token"
	"golang.org/x/oauth2/clientcredentials"
)

const rounds, calls = 21, 2000

func timed(call func() error) float64 {
	start := time.Now()
	for range [calls]struct{}{} {
		if err := call(); err != nil {
			fail(err)
		}
	}
	return float64(time.Since(start).Nanoseconds()) / calls
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	ctx := context.Background()
	client, err := spotifytoken.NewClient(nil)
	if err != nil {
		fail(err)
	}
	config := clientcredentials.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		TokenURL:     os.Getenv("SPOTIFY_TOKEN_URL"),
	}
	source := config.TokenSource(ctx)
	names := []string{"the binding", "x/oauth2"}
	functions := []func() error{
		func() error { _, err := client.Token(ctx); return err },
		func() error { _, err := source.Token(); return err },
	}
	times := make([][]float64, len(names))
	for round := 0; round <= rounds; round++ {
		for at, function := range functions {
			time := timed(function)
			// The first round asks the server.
			if round > 0 {
				times[at] = append(times[at], time)
			}
		}
	}
	for at, name := range names {
		sort.Float64s(times[at])
		fmt.Printf("%s\t%f\n", name, times[at][rounds/2])
	}
}
