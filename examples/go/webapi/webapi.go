// Package webapi makes the requests of the examples to the Web API.
package webapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"example.org/libspotify-token/token"
)

// Source is where tokens come from: a client of either package.
type Source interface {
	Token(ctx context.Context) (token.Token, error)
	Invalidate(token token.Token)
}

var web = http.Client{Timeout: 30 * time.Second}

// Get requests a path of the Web API, once.
func Get(ctx context.Context, path string, token token.Token) (*http.Response, error) {
	url := os.Getenv("SPOTIFY_API_URL")
	if url == "" {
		url = "https://api.spotify.com/v1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", token.Authorization)
	return web.Do(request)
}

// ArtistName returns the name of an artist.
func ArtistName(ctx context.Context, source Source, id string) (string, error) {
	path := "/artists/" + id
	token, err := source.Token(ctx)
	if err != nil {
		return "", err
	}
	response, err := Get(ctx, path, token)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		// The token was revoked before it expired: try once more with a new one.
		response.Body.Close()
		source.Invalidate(token)
		if token, err = source.Token(ctx); err != nil {
			return "", err
		}
		response, err = Get(ctx, path, token)
	}
	if err != nil {
		return "", err
	}
	var artist struct{ Name string }
	err = Read(response, &artist)
	return artist.Name, err
}

// Read reads the response of the Web API.
func Read(response *http.Response, into any) error {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the Web API responded with %s", response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
