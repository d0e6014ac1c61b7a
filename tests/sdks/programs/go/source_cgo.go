//go:build cgo

package main

import (
	spotifytoken "example.org/libspotify-token"
	"example.org/libspotify-token/transport"
)

func newSource(options map[string]string) (transport.Source, error) {
	return spotifytoken.NewClient(&spotifytoken.Config{Options: options})
}
