// Package command gets access tokens for the Spotify Web API from the command spotify-token. It needs no C, so it works with
// CGO_ENABLED=0 and on every system that has the command.
//
//	client := command.NewClient(nil)
//	token, err := client.Token(ctx)
//	request.Header.Set("Authorization", token.Authorization)
//
// For the token of a user, the user logs in once with "spotify-token login", and the option grant is "user".
package command

import (
	"context"
	"sync"
	"time"

	"example.org/libspotify-token/token"
)

// Token is a token. Its text is a copy in Go's memory.
type Token = token.Token

// margin is how long before its end a token is not taken from memory any more. The command then decides whether to refresh it.
const margin = 5 * time.Minute

// Config is what a Client is made with.
type Config struct {
	// Options are those of the library, such as "timeout_ms".
	Options map[string]string
	// Path is the command; empty: "spotify-token" in PATH.
	Path string
}

// Client is a source of tokens, for any number of goroutines: all that wait share one run of the command, and processes share the
// command's cache in a file. Make one for each program.
type Client struct {
	config Config

	mutex    sync.Mutex
	cached   Token
	rejected string // the token that the Web API rejected; the command must not return it
	run      *run   // the run that is under way; nil: none
}

// run is a run of the command, which all that wait for a token share.
type run struct {
	done  chan struct{}
	token Token
	err   error
}

// NewClient makes a client. With nil, its options are those of the environment.
func NewClient(config *Config) *Client {
	client := &Client{}
	if config != nil {
		client.config = *config
	}
	return client
}

// Token returns a valid token, from memory or from the command. The end of the context ends the wait, not the run: other goroutines
// may wait for it too.
func (c *Client) Token(ctx context.Context) (Token, error) {
	c.mutex.Lock()
	if time.Until(c.cached.ExpiresAt) > margin {
		defer c.mutex.Unlock()
		return c.cached, nil
	}
	if c.run == nil {
		c.run = &run{done: make(chan struct{})}
		go c.ask(c.run)
	}
	asked := c.run
	c.mutex.Unlock()
	select {
	case <-ctx.Done():
		return Token{}, ctx.Err()
	case <-asked.done:
		return asked.token, asked.err
	}
}

// Invalidate reports that the Web API rejected this token.
func (c *Client) Invalidate(token Token) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.cached.AccessToken == token.AccessToken || c.cached.AccessToken == "" {
		c.cached, c.rejected = Token{}, token.AccessToken
	}
}

func (c *Client) ask(asked *run) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for {
		refresh := c.rejected != ""
		c.mutex.Unlock()
		asked.token, asked.err = c.config.token(refresh)
		c.mutex.Lock()
		// A token may be rejected while the command returns it once more.
		if asked.err != nil || asked.token.AccessToken != c.rejected || refresh {
			break
		}
	}
	if asked.err == nil {
		c.cached, c.rejected = asked.token, ""
	}
	c.run = nil
	close(asked.done)
}
