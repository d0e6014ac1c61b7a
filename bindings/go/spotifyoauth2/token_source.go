// Package spotifyoauth2 is a TokenSource for what wants one of golang.org/x/oauth2. Where an http.Client will do, package transport is
// better: it sends a request once more after a 401.
package spotifyoauth2

import (
	"context"

	"example.org/libspotify-token/transport"
	"golang.org/x/oauth2"
)

type tokenSource struct {
	ctx    context.Context
	source transport.Source
}

// TokenSource makes an oauth2.TokenSource. The end of the context ends its waits, for good. It needs no oauth2.ReuseTokenSource: the
// source keeps the token, and refreshes it before it expires.
func TokenSource(ctx context.Context, source transport.Source) oauth2.TokenSource {
	return tokenSource{ctx, source}
}

// Token returns a valid token.
func (s tokenSource) Token() (*oauth2.Token, error) {
	token, err := s.source.Token(s.ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: token.AccessToken, TokenType: "Bearer", Expiry: token.ExpiresAt}, nil
}
