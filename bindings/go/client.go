package spotifytoken

// #include <spotify_token.h>
// #include <stdlib.h>
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// refreshBefore is for how many seconds before its end a token may be due for a refresh. Only spotify_client_token_into refreshes it,
// so a token is taken from there then, and not from spotify_client_cached_into.
const refreshBefore = 300

// Client is a long-lived source of tokens, for any number of goroutines. Make one for each program.
type Client struct {
	handle
	pointer *C.spotify_client
	request *request // the call that asks the server now; nil: none
}

// request is a call that asks the server. A blocked C call takes a thread, so one goroutine makes the call and all others wait
// for it in Go.
type request struct {
	done  chan struct{}
	token Token
	err   error
}

// NewClient makes a client. With nil, its options are those of the environment.
func NewClient(config *Config) (*Client, error) {
	raw, functions, err := newConfig(config)
	if err != nil {
		return nil, err
	}
	defer C.spotify_config_free(raw)
	pointer := C.spotify_client_new(raw)
	client := &Client{pointer: pointer}
	client.handle = newHandle(ErrClosed, functions,
		func() { C.spotify_client_cancel(pointer) }, func() { C.spotify_client_free(pointer) })
	runtime.SetFinalizer(client, (*Client).Close)
	return client, nil
}

// Token returns a valid token, from the cache or from the server. The end of the context ends the wait, not the request:
// other goroutines may wait for it too.
func (c *Client) Token(ctx context.Context) (Token, error) {
	if !c.use() {
		return Token{}, ErrClosed
	}
	var raw C.spotify_token
	C.spotify_client_cached_into(c.pointer, &raw)
	c.release()
	isDue := raw.error_code == C.SPOTIFY_OK && raw.expires_in <= refreshBefore
	if raw.error_code != C.SPOTIFY_ERROR_NOT_CACHED && !isDue {
		return take(&raw)
	}
	C.spotify_token_clear(&raw)

	asked := c.ask()
	if asked == nil {
		return Token{}, ErrClosed
	}
	return c.wait(ctx, asked)
}

// ask returns the request that is under way, or starts one; nil when the client is closed.
func (c *Client) ask() *request {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.isClosed() {
		return nil
	}
	if c.request == nil {
		c.request = &request{done: make(chan struct{})}
		c.users++
		go c.run(c.request)
	}
	return c.request
}

func (c *Client) run(asked *request) {
	var raw C.spotify_token
	C.spotify_client_token_into(c.pointer, &raw)
	asked.token, asked.err = take(&raw)
	c.forget(asked)
	close(asked.done)
	c.release()
}

// forget makes later callers start a new request. With nil it forgets whichever request is under way.
func (c *Client) forget(asked *request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if asked == nil || c.request == asked {
		c.request = nil
	}
}

// Invalidate reports that the Web API rejected this token.
func (c *Client) Invalidate(token Token) {
	if !c.use() {
		return
	}
	defer c.release()
	text := C.CString(token.AccessToken)
	defer C.free(unsafe.Pointer(text))
	C.spotify_client_invalidate(c.pointer, text)
	// A request that began before may bring the rejected token.
	c.forget(nil)
}

// Close ends the calls that block now and frees the client, when the last call has returned. Closing twice is fine.
func (c *Client) Close() {
	if c.close() {
		runtime.SetFinalizer(c, nil)
	}
}
