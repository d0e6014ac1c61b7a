package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	spotifytoken "example.org/libspotify-token"
	"example.org/spotify-token/artist/webapi"
)

var ofUser = &spotifytoken.Config{Options: map[string]string{"grant": "user", "scope": "playlist-read-private"}}

// login prints the names of the user's playlists. The user logs in once, in a browser; CLIENT_ID names the app, whose redirect URI
// is http://127.0.0.1/callback. Without a browser on this machine, paste the address that it shows in the end.
func login() error {
	ctx := context.Background()
	client, err := spotifytoken.NewClient(ofUser)
	if err != nil {
		return err
	}
	defer client.Close()
	token, err := client.Token(ctx)
	var failed *spotifytoken.Error
	if errors.As(err, &failed) && failed.Code == spotifytoken.LoginRequired {
		token, err = logIn(ctx)
	}
	if err != nil {
		return err
	}
	return printPlaylists(ctx, token)
}

func logIn(ctx context.Context) (spotifytoken.Token, error) {
	login, err := spotifytoken.NewLogin(ofUser)
	if err != nil {
		return spotifytoken.Token{}, err
	}
	defer login.Close()
	fmt.Fprintf(os.Stderr, "Open this address in a browser, and agree:\n%s\n", login.URL)
	go takePasted(ctx, login)
	return login.Wait(ctx)
}

// takePasted completes the login with a pasted address, which ends the wait for the browser.
func takePasted(ctx context.Context, login *spotifytoken.Login) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		_, err := login.Finish(ctx, lines.Text())
		if err == nil || errors.Is(err, spotifytoken.ErrLoginClosed) {
			return
		}
		fmt.Fprintln(os.Stderr, err)
	}
}

func printPlaylists(ctx context.Context, token spotifytoken.Token) error {
	response, err := webapi.Get(ctx, "/me/playlists", token)
	if err != nil {
		return err
	}
	var playlists struct{ Items []struct{ Name string } }
	if err := webapi.Read(response, &playlists); err != nil {
		return err
	}
	for _, playlist := range playlists.Items {
		fmt.Println(playlist.Name)
	}
	return nil
}
