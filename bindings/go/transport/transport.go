// Package transport makes HTTP clients whose requests carry a token, for zmb3/spotify and for everything else that takes an http.Client.
//
//	client, err := spotifytoken.NewClient(nil)
//	web := spotify.New(transport.Client(client))
package transport

import (
	"context"
	"io"
	"net/http"

	"example.org/libspotify-token/token"
)

// Source is where tokens come from: a client of package spotifytoken or of package command.
type Source interface {
	Token(ctx context.Context) (token.Token, error)
	Invalidate(token token.Token)
}

// Client makes an HTTP client that adds tokens to its requests.
func Client(source Source) *http.Client {
	return &http.Client{Transport: &Transport{Source: source}}
}

// Transport adds a token to each request. After a 401 it sends the request once more, with a new token, unless its body cannot be
// read again. After a redirect to another host it adds none.
type Transport struct {
	Source Source
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper
}

// RoundTrip is called by http.Client.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host != first(request).URL.Host {
		return t.base().RoundTrip(request)
	}
	token, err := t.Source.Token(request.Context())
	if err != nil {
		closeBody(request)
		return nil, err
	}
	response, err := t.base().RoundTrip(with(token, request, request.Body))
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	body, isThere := again(request)
	if !isThere {
		return response, nil
	}
	// The connection can be used again when the response was read.
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	response.Body.Close()
	t.Source.Invalidate(token)
	if token, err = t.Source.Token(request.Context()); err != nil {
		return nil, err
	}
	return t.base().RoundTrip(with(token, request, body))
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// first returns the request that the program made, of which this one may be a redirect.
func first(request *http.Request) *http.Request {
	for request.Response != nil {
		request = request.Response.Request
	}
	return request
}

// with returns a copy of a request: a RoundTripper must not change that of its caller.
func with(token token.Token, request *http.Request, body io.ReadCloser) *http.Request {
	clone := request.Clone(request.Context())
	clone.Header.Set("Authorization", token.Authorization)
	clone.Body = body
	return clone
}

// again returns the body once more, and whether that is possible.
func again(request *http.Request) (io.ReadCloser, bool) {
	if request.Body == nil || request.Body == http.NoBody {
		return request.Body, true
	}
	if request.GetBody == nil {
		return nil, false
	}
	body, err := request.GetBody()
	return body, err == nil
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		request.Body.Close()
	}
}
