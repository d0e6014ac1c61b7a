package main

// #cgo pkg-config: spotify_token
// #include <spotify_token.h>
import "C"

import (
	"context"
	"fmt"

	spotifytoken "example.org/libspotify-token"
)

// misuse does what a program must not do. The result is an error or nothing, and never a crash.
func misuse() error {
	fmt.Println("token cleared twice:", clearTwice())

	ctx := context.Background()
	client, err := spotifytoken.NewClient(nil)
	if err != nil {
		return err
	}
	client.Close()
	client.Close()
	fmt.Println("client closed twice: nothing happens")

	_, err = client.Token(ctx)
	fmt.Println("used after close:", err)

	soon := &spotifytoken.Config{Options: map[string]string{"timeout_ms": "soon"}}
	if _, err := spotifytoken.NewClient(soon); err != nil {
		fmt.Println("bad option:", err.(*spotifytoken.Error).Name)
	}

	noisy, err := spotifytoken.NewClient(&spotifytoken.Config{Logger: func(int, string) { panic("from the logger") }})
	if err != nil {
		return err
	}
	defer noisy.Close()
	if _, err := noisy.Token(ctx); err != nil {
		return err
	}
	fmt.Println("logger raised: there is a token all the same")
	return nil
}

func clearTwice() bool {
	client := C.spotify_client_new(nil)
	defer C.spotify_client_free(client)
	var raw C.spotify_token
	C.spotify_client_token_into(client, &raw)
	C.spotify_token_clear(&raw)
	C.spotify_token_clear(&raw)
	return raw.access_token == nil
}
