package spotifytoken

// #include <spotify_token.h>
import "C"

import (
	"math"
	"time"

	"example.org/libspotify-token/token"
)

// Token is a token. Its text is a copy in Go's memory.
type Token = token.Token

// take copies what the library has filled in, and releases it.
func take(raw *C.spotify_token) (Token, error) {
	defer C.spotify_token_clear(raw)
	if raw.error_code != C.SPOTIFY_OK {
		return Token{}, &Error{
			Code:       int(raw.error_code),
			Name:       errorName(raw.error_code),
			Message:    C.GoString(raw.error_message),
			HTTPStatus: int(raw.http_status),
			OAuthError: C.GoString(C.spotify_token_oauth_error(raw)),
			RetryAfter: time.Duration(atMost(C.spotify_token_retry_after(raw), math.MaxInt64/int64(time.Second))) * time.Second,
		}
	}
	return Token{
		AccessToken:   C.GoString(raw.access_token),
		Authorization: C.GoString(C.spotify_token_authorization(raw)),
		Scope:         C.GoString(raw.scope),
		ExpiresAt:     token.At(int64(raw.expires_at)),
	}, nil
}

// atMost limits a time that the server named to what Go can express.
func atMost(seconds C.int64_t, limit int64) int64 {
	if int64(seconds) > limit {
		return limit
	}
	return int64(seconds)
}
