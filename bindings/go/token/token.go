// Package token has what the packages that get tokens share.
package token

import (
	"math"
	"time"
)

// Token is a token. Its text is a copy in Go's memory.
type Token struct {
	AccessToken   string
	Authorization string
	Scope         string
	ExpiresAt     time.Time
}

// String hides the token from fmt and log.
func (t Token) String() string { return "Token until " + t.ExpiresAt.Format(time.RFC3339) }

// GoString hides the token from %#v.
func (t Token) GoString() string { return t.String() }

// At returns the time of so many seconds since 1970, as far as Go can express it.
func At(seconds int64) time.Time {
	if seconds > math.MaxInt64/2 {
		seconds = math.MaxInt64 / 2
	}
	return time.Unix(seconds, 0)
}
