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

void goSpotifyLog(uintptr_t logger, int32_t level, char *message);

// cgo has no const. A logger is a number for C, and Go must not take it for a pointer.
static void log_to_go(void *user_data, int32_t level, const char *message)
{
    goSpotifyLog((uintptr_t)user_data, level, (char *)message);
}

static void set_logger(spotify_config *config, uintptr_t logger)
{
    spotify_config_set_logger(config, log_to_go, (void *)logger);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// abiVersion is the ABI that this binding is written for.
const abiVersion = 0

// ErrClosed is returned by a client that was closed.
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

// Logger receives log messages, from any goroutine. Levels: 1 error, 2 warning, 3 info, 4 debug.
type Logger func(level int, message string)

// Client is a long-lived source of tokens, for any number of goroutines. Make one for each program.
type Client struct {
	pointer *C.spotify_client
	logger  uintptr
	closed  chan struct{}

	mutex   sync.Mutex
	users   int      // calls that use the pointer, and the client itself until it is closed; the last one frees
	request *request // the call that asks the server now; nil: none
}

// request is a call that asks the server. A blocked C call takes a thread, so one goroutine makes the call and all others wait
// for it in Go.
type request struct {
	done  chan struct{}
	token Token
	err   error
}

// loggers holds the loggers of the open clients, by number: Go pointers must not be stored in C.
var (
	loggers    sync.Map
	lastLogger uintptr
)

var incompatible error

func init() {
	size, abi := uintptr(C.spotify_token_size()), int(C.spotify_abi_version())
	if size != unsafe.Sizeof(C.spotify_token{}) || abi != abiVersion {
		incompatible = fmt.Errorf("the library is spotify-token %s with ABI %d; this binding needs ABI %d",
			C.GoString(C.spotify_version()), abi, abiVersion)
	}
}

// NewClient makes a client. The options are those of the library; logger may be nil.
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
	client := &Client{closed: make(chan struct{}), users: 1}
	if logger != nil {
		client.logger = atomic.AddUintptr(&lastLogger, 1)
		loggers.Store(client.logger, logger)
		C.set_logger(config, C.uintptr_t(client.logger))
	}
	client.pointer = C.spotify_client_new(config)
	runtime.SetFinalizer(client, (*Client).Close)
	return client, nil
}

func set(config *C.spotify_config, name, value string) error {
	if strings.ContainsRune(name+value, 0) {
		return &Error{
			Code:    C.SPOTIFY_ERROR_INVALID_ARGUMENT,
			Name:    errorName(C.SPOTIFY_ERROR_INVALID_ARGUMENT),
			Message: "the name or the value of an option contains a NUL character. Remove it",
		}
	}
	cName, cValue := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cValue))
	if code := C.spotify_config_set(config, cName, cValue); code != C.SPOTIFY_OK {
		return &Error{Code: int(code), Name: errorName(code), Message: C.GoString(C.spotify_config_error(config))}
	}
	return nil
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
	if raw.error_code != C.SPOTIFY_ERROR_NOT_CACHED {
		return take(&raw)
	}
	C.spotify_token_clear(&raw)

	asked := c.ask()
	if asked == nil {
		return Token{}, ErrClosed
	}
	select {
	case <-ctx.Done():
		return Token{}, ctx.Err()
	case <-c.closed:
		return Token{}, ErrClosed
	case <-asked.done:
		if c.isClosed() {
			return Token{}, ErrClosed // not what Close has made of the call
		}
		return asked.token, asked.err
	}
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

// Close ends the calls that block now and releases the client, when the last call has returned. Closing twice is fine.
func (c *Client) Close() {
	c.mutex.Lock()
	if c.isClosed() {
		c.mutex.Unlock()
		return
	}
	close(c.closed)
	c.mutex.Unlock()
	runtime.SetFinalizer(c, nil)
	loggers.Delete(c.logger)
	C.spotify_client_cancel(c.pointer)
	c.release()
}

func (c *Client) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// use keeps the client from being freed until release is called.
func (c *Client) use() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.isClosed() {
		return false
	}
	c.users++
	return true
}

func (c *Client) release() {
	c.mutex.Lock()
	c.users--
	last := c.users == 0
	c.mutex.Unlock()
	if last {
		C.spotify_client_free(c.pointer)
	}
}

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
		ExpiresAt:     time.Unix(atMost(raw.expires_at, math.MaxInt64/2), 0),
	}, nil
}

// atMost limits a time that the server named to what Go can express.
func atMost(seconds C.int64_t, limit int64) int64 {
	if int64(seconds) > limit {
		return limit
	}
	return int64(seconds)
}

func errorName(code C.int32_t) string { return C.GoString(C.spotify_error_name(code)) }

//export goSpotifyLog
func goSpotifyLog(number C.uintptr_t, level C.int32_t, message *C.char) {
	defer func() {
		// C is behind this function: no panic may leave it.
		if reason := recover(); reason != nil {
			log.Printf("spotify: the logger panicked: %v", reason)
		}
	}()
	if logger, found := loggers.Load(uintptr(number)); found {
		logger.(Logger)(int(level), C.GoString(message))
	}
}

// clearTwice is for the misuse example, whose file does not import C.
func clearTwice(client *Client) bool {
	var raw C.spotify_token
	C.spotify_client_token_into(client.pointer, &raw)
	C.spotify_token_clear(&raw)
	C.spotify_token_clear(&raw)
	return raw.access_token == nil
}
