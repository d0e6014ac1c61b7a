// Prints the name of an artist. Credentials come from CLIENT_ID and CLIENT_SECRET, or from .env.
//
//	go run .
//	go run . login
//	go run . misuse
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

const artistID = "0TnOYISbd1XYRBk9myaseg"

var web = http.Client{Timeout: 30 * time.Second}

func apiURL() string {
	if url := os.Getenv("SPOTIFY_API_URL"); url != "" {
		return url
	}
	return "https://api.spotify.com/v1"
}

func get(ctx context.Context, url string, token Token) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", token.Authorization)
	return web.Do(request)
}

func artistName(ctx context.Context, client *Client, id string) (string, error) {
	url := apiURL() + "/artists/" + id
	token, err := client.Token(ctx)
	if err != nil {
		return "", err
	}
	response, err := get(ctx, url, token)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		// The token was revoked before it expired: try once more with a new one.
		response.Body.Close()
		client.Invalidate(token)
		if token, err = client.Token(ctx); err != nil {
			return "", err
		}
		response, err = get(ctx, url, token)
	}
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the Web API responded with %s", response.Status)
	}
	var artist struct{ Name string }
	err = json.NewDecoder(response.Body).Decode(&artist)
	return artist.Name, err
}

func run() error {
	client, err := NewClient(nil)
	if err != nil {
		return err
	}
	defer client.Close()
	name, err := artistName(context.Background(), client, artistID)
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
