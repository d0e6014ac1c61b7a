// Package spotifytoken gets access tokens for the Spotify Web API, through the C library: it needs cgo, a C compiler and the installed
// library. Package command does without.
//
//	client, err := spotifytoken.NewClient(nil)
//	defer client.Close()
//	token, err := client.Token(ctx)
//	request.Header.Set("Authorization", token.Authorization)
//
// A token that speaks for a user, who logs in once:
//
//	config := &spotifytoken.Config{Options: map[string]string{"grant": "user", "scope": "playlist-read-private"}}
//	login, err := spotifytoken.NewLogin(config)
//	defer login.Close()
//	fmt.Println("Open", login.URL)
//	token, err := login.Wait(ctx)
//	client, err := spotifytoken.NewClient(config)
package spotifytoken

// #cgo pkg-config: spotify_token
// #include <spotify_token.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// abiVersion is the ABI that this binding is written for.
const abiVersion = 0

var incompatible error

func init() {
	size, abi := uintptr(C.spotify_token_size()), int(C.spotify_abi_version())
	if size != unsafe.Sizeof(C.spotify_token{}) || abi != abiVersion {
		incompatible = fmt.Errorf("the library is spotify-token %s with ABI %d; this binding needs ABI %d",
			C.GoString(C.spotify_version()), abi, abiVersion)
	}
}
