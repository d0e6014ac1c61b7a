//go:build !cgo

package main

import (
	"example.org/libspotify-token/command"
	"example.org/libspotify-token/transport"
)

func newSource(options map[string]string) (transport.Source, error) {
	return command.NewClient(&command.Config{Options: options}), nil
}
