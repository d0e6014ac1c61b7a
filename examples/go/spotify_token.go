package main

// spotify-token for Go, with cgo: a binding to copy into a program. Needs the installed library and pkg-config.
//
//	client, err := NewClient(nil, nil)
//	defer client.Close()
//	token, err := client.Token(ctx)
//	request.Header.Set("Authorization", token.Authorization)

/*
#cgo pkg-config: spotify_token
#include <spotify_token.h>
#include <stdlib.h>

void goSpotifyLog(uintptr_t handle, int32_t level, char *message);

// cgo has no const, and its handles are numbers, which Go must not see as pointers.
static void log_to_go(void *user_data, int32_t level, const char *message)
{
    goSpotifyLog((uintptr_t)user_data, level, (char *)message);
}

static void set_logger(spotify_config *config, uintptr_t handle)
{
    spotify_config_set_logger(config, log_to_go, (void *)handle);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log"
	"runtime"
	"runtime/cgo"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// ErrClosed says that a client is used after Close.
var ErrClosed = errors.New("spotify: the client is closed")

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

// Token is a token. Its text is Go's own copy.
type Token struct {
	AccessToken   string
	Authorization string
	Scope         string
	ExpiresAt     time.Time
}

// String hides the token from fmt and log.
func (t Token) String() string { return "Token until " + t.ExpiresAt.Format(time.RFC3339) }

// GoString hides it from %#v.
func (t Token) GoString() string { return t.String() }

// Logger receives log messages, from any goroutine: 1 error, 2 warning, 3 info, 4 debug.
type Logger func(level int, message string)

// Client is a long-lived source of tokens, for any number of goroutines. Make one for each program.
type Client struct {
	mutex   sync.RWMutex // held for reading by the calls, for writing by Close
	pointer *C.spotify_client

	// One blocked C call is one thread of the system. So one goroutine asks, and the others wait for it in Go.
	flight struct {
		sync.Mutex
		done  chan struct{}
		token Token
		err   error
	}
}

func init() {
	version := C.GoString(C.spotify_version())
	size := uintptr(C.spotify_token_size())
	if size != unsafe.Sizeof(C.spotify_token{}) || strings.Split(version, ".")[0] != "0" {
		incompatible = fmt.Errorf("the library is spotify-token %s; this binding is for 0.x", version)
	}
}

var incompatible error

// NewClient makes a client. The options are the library's; logger may be nil.
func NewClient(options map[string]string, logger Logger) (*Client, error) {
	if incompatible != nil {
		return nil, incompatible
	}
	config := C.spotify_config_new()
	defer C.spotify_config_free(config)
	for name, value := range options {
		if err := set(config, name, value); err != nil {
			return nil, err
		}
	}
	if logger != nil {
		// Never deleted: a request under way may outlive its client.
		C.set_logger(config, C.uintptr_t(cgo.NewHandle(logger)))
	}
	client := &Client{pointer: C.spotify_client_new(config)}
	runtime.SetFinalizer(client, (*Client).Close)
	return client, nil
}

func set(config *C.spotify_config, name, value string) error {
	cName, cValue := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cValue))
	if code := C.spotify_config_set(config, cName, cValue); code != C.SPOTIFY_OK {
		return &Error{Code: int(code), Name: errorName(code), Message: C.GoString(C.spotify_config_error(config))}
	}
	return nil
}

// Token gives a valid token: from memory, else from the server. A context that ends ends the wait, not the request.
func (c *Client) Token(ctx context.Context) (Token, error) {
	if token, err := c.ask(true); err == nil || errors.Is(err, ErrClosed) {
		return token, err
	}
	f := &c.flight
	f.Lock()
	done := f.done
	if done == nil {
		done = make(chan struct{})
		f.done = done
		go c.fly(done)
	}
	f.Unlock()
	select {
	case <-ctx.Done():
		return Token{}, ctx.Err()
	case <-done:
		f.Lock()
		defer f.Unlock()
		return f.token, f.err
	}
}

func (c *Client) fly(done chan struct{}) {
	token, err := c.ask(false)
	c.flight.Lock()
	c.flight.token, c.flight.err, c.flight.done = token, err, nil
	c.flight.Unlock()
	close(done)
}

func (c *Client) ask(fromMemory bool) (Token, error) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	if c.pointer == nil {
		return Token{}, ErrClosed
	}
	var raw C.spotify_token
	if fromMemory {
		C.spotify_client_cached_into(c.pointer, &raw)
	} else {
		C.spotify_client_token_into(c.pointer, &raw)
	}
	return take(&raw)
}

// take copies what the library filled, and releases it.
func take(raw *C.spotify_token) (Token, error) {
	defer C.spotify_token_clear(raw)
	if raw.error_code != C.SPOTIFY_OK {
		return Token{}, &Error{
			Code:       int(raw.error_code),
			Name:       errorName(raw.error_code),
			Message:    C.GoString(raw.error_message),
			HTTPStatus: int(raw.http_status),
			OAuthError: C.GoString(C.spotify_token_oauth_error(raw)),
			RetryAfter: time.Duration(C.spotify_token_retry_after(raw)) * time.Second,
		}
	}
	return Token{
		AccessToken:   C.GoString(raw.access_token),
		Authorization: C.GoString(C.spotify_token_authorization(raw)),
		Scope:         C.GoString(raw.scope),
		ExpiresAt:     time.Unix(int64(raw.expires_at), 0),
	}, nil
}

func errorName(code C.int32_t) string { return C.GoString(C.spotify_error_name(code)) }

// Invalidate says that the Web API rejected this token.
func (c *Client) Invalidate(token Token) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	text := C.CString(token.AccessToken)
	defer C.free(unsafe.Pointer(text))
	C.spotify_client_invalidate(c.pointer, text)
}

// Close ends the calls that wait now and releases the client. Closing twice is fine.
func (c *Client) Close() {
	c.mutex.RLock()
	C.spotify_client_cancel(c.pointer)
	c.mutex.RUnlock()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	C.spotify_client_free(c.pointer)
	c.pointer = nil
	runtime.SetFinalizer(c, nil)
}

//export goSpotifyLog
func goSpotifyLog(handle C.uintptr_t, level C.int32_t, message *C.char) {
	defer func() {
		// There is C behind this function: no panic may leave it.
		if fault := recover(); fault != nil {
			log.Printf("spotify: the logger panicked: %v", fault)
		}
	}()
	cgo.Handle(handle).Value().(Logger)(int(level), C.GoString(message))
}

// clearTwice is for the misuse example: cgo's types are private to their file's package.
func clearTwice(client *Client) bool {
	var raw C.spotify_token
	C.spotify_client_token_into(client.pointer, &raw)
	C.spotify_token_clear(&raw)
	C.spotify_token_clear(&raw)
	return raw.access_token == nil
}
