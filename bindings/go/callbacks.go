package spotifytoken

// #include <spotify_token.h>
import "C"

import (
	"log"
	"sync"
	"sync/atomic"
)

// called holds the functions that C may call, by number: Go pointers must not be stored in C.
var (
	called     sync.Map
	lastNumber uintptr
)

// functions are the numbers of the functions of a Config; 0: none.
type functions struct{ logger, onRefreshToken uintptr }

func number(function any) uintptr {
	number := atomic.AddUintptr(&lastNumber, 1)
	called.Store(number, function)
	return number
}

// forget lets the functions be collected. C does not call them any more.
func (f functions) forget() {
	called.Delete(f.logger)
	called.Delete(f.onRefreshToken)
}

//export goSpotifyLog
func goSpotifyLog(number C.uintptr_t, level C.int32_t, message *C.char) {
	defer recovered("the logger")
	if logger, found := called.Load(uintptr(number)); found {
		logger.(Logger)(int(level), C.GoString(message))
	}
}

//export goSpotifyRefreshToken
func goSpotifyRefreshToken(number C.uintptr_t, refreshToken *C.char) {
	defer recovered("OnRefreshToken")
	if keep, found := called.Load(uintptr(number)); found {
		keep.(func(string))(C.GoString(refreshToken))
	}
}

// recovered ends a panic: C is behind this function, and no panic may leave it.
func recovered(what string) {
	if reason := recover(); reason != nil {
		log.Printf("spotify: %s panicked: %v", what, reason)
	}
}
