package spotifytoken

// #include <spotify_token.h>
import "C"

import "time"

// Error says why there is no token. Code is one of SPOTIFY_ERROR_*.
type Error struct {
	Code       int
	Name       string
	Message    string
	HTTPStatus int
	OAuthError string
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func invalid(message string) error {
	const code = C.SPOTIFY_ERROR_INVALID_ARGUMENT
	return &Error{Code: code, Name: errorName(code), Message: message}
}

func errorName(code C.int32_t) string { return C.GoString(C.spotify_error_name(code)) }
