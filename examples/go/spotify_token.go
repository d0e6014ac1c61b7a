package main

// spotify-token for Go, with cgo: a binding to copy into a program. Needs the installed library and pkg-config.
//
//	client, err := NewClient(nil)
//	defer client.Close()
//	token, err := client.Token(ctx)
//	request.Header.Set("Authorization", token.Authorization)
//
// A token that speaks for a user, who logs in once:
//
//	config := &Config{Options: map[string]string{"grant": "user", "scope": "playlist-read-private"}}
//	login, err := NewLogin(config)
//	defer login.Close()
//	fmt.Println("Open", login.URL)
//	token, err := login.Wait(ctx)
//	client, err := NewClient(config)

/*
#cgo pkg-config: spotify_token
#include <spotify_token.h>
#include <stdlib.h>

void goSpotifyLog(uintptr_t logger, int32_t level, char *message);
void goSpotifyRefreshToken(uintptr_t keeper, char *refresh_token);

// cgo has no const. A function is a number for C, and Go must not take it for a pointer.
static void log_to_go(void *user_data, int32_t level, const char *message)
{
    goSpotifyLog((uintptr_t)user_data, level, (char *)message);
}

static void set_logger(spotify_config *config, uintptr_t logger)
{
    spotify_config_set_logger(config, log_to_go, (void *)logger);
}

static void refresh_token_to_go(void *user_data, const char *refresh_token)
{
    goSpotifyRefreshToken((uintptr_t)user_data, (char *)refresh_token);
}

static void set_refresh_token_fn(spotify_config *config, uintptr_t keeper)
{
    spotify_config_set_refresh_token_fn(config, refresh_token_to_go, (void *)keeper);
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

// refreshBefore is for how many seconds before its end a token may be due for a refresh. Only spotify_client_token_into refreshes it,
// so a token is taken from there then, and not from spotify_client_cached_into.
const refreshBefore = 300

// turn is how long a wait for the browser is in C, in milliseconds. Between two turns it sees whether it was given up.
const turn = 100

// ErrClosed is returned by a client that was closed, and ErrLoginClosed by a login.
var (
	ErrClosed      = errors.New("spotify: the client is closed")
	ErrLoginClosed = errors.New("spotify: the login is closed")
)

// LoginRequired is the Code of an Error when a user has to log in.
const LoginRequired = C.SPOTIFY_ERROR_LOGIN_REQUIRED

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

// Config is what a Client or a Login is made with.
type Config struct {
	// Options are those of the library, such as "timeout_ms".
	Options map[string]string
	// Logger receives log messages.
	Logger Logger
	// OnRefreshToken receives each new refresh token, from any goroutine, in a program that keeps them itself. It has to be kept
	// when the function returns: the old one may be revoked. A Login then stores nothing.
	OnRefreshToken func(refreshToken string)
}

// handle is what the library has made for a Client or a Login. It is freed once it is closed and no call uses it.
type handle struct {
	closed    chan struct{}
	errClosed error
	functions functions
	cancel    func() // ends the calls that block now
	free      func()

	mutex sync.Mutex
	users int // calls that use it, and the handle itself until it is closed; the last one frees
}

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

var incompatible error

func init() {
	size, abi := uintptr(C.spotify_token_size()), int(C.spotify_abi_version())
	if size != unsafe.Sizeof(C.spotify_token{}) || abi != abiVersion {
		incompatible = fmt.Errorf("the library is spotify-token %s with ABI %d; this binding needs ABI %d",
			C.GoString(C.spotify_version()), abi, abiVersion)
	}
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

// newConfig makes a configuration of the library, which the caller frees.
func newConfig(config *Config) (*C.spotify_config, functions, error) {
	if incompatible != nil {
		return nil, functions{}, incompatible
	}
	raw := C.spotify_config_new()
	if config == nil {
		return raw, functions{}, nil
	}
	for name, value := range config.Options {
		if err := set(raw, name, value); err != nil {
			C.spotify_config_free(raw)
			return nil, functions{}, err
		}
	}
	var numbers functions
	if config.Logger != nil {
		numbers.logger = number(config.Logger)
		C.set_logger(raw, C.uintptr_t(numbers.logger))
	}
	if config.OnRefreshToken != nil {
		numbers.onRefreshToken = number(config.OnRefreshToken)
		C.set_refresh_token_fn(raw, C.uintptr_t(numbers.onRefreshToken))
	}
	return raw, numbers, nil
}

func newHandle(errClosed error, functions functions, cancel, free func()) handle {
	return handle{closed: make(chan struct{}), errClosed: errClosed, functions: functions, cancel: cancel, free: free, users: 1}
}

func set(config *C.spotify_config, name, value string) error {
	if strings.ContainsRune(name+value, 0) {
		return invalid("the name or the value of an option contains a NUL character. Remove it")
	}
	cName, cValue := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cValue))
	if code := C.spotify_config_set(config, cName, cValue); code != C.SPOTIFY_OK {
		return &Error{Code: int(code), Name: errorName(code), Message: C.GoString(C.spotify_config_error(config))}
	}
	return nil
}

func invalid(message string) error {
	const code = C.SPOTIFY_ERROR_INVALID_ARGUMENT
	return &Error{Code: code, Name: errorName(code), Message: message}
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

// Login lets a user log in, once, in a browser. Open URL there, then Wait, or Finish it with what the browser shows. Both may be
// called at the same time: the first to succeed ends the other, which returns the same token.
type Login struct {
	handle
	pointer *C.spotify_login
	// URL is the address to open in the user's browser. Do not log it.
	URL string
}

// NewLogin begins a login. With nil, its options are those of the environment. It may ask where logins are stored.
func NewLogin(config *Config) (*Login, error) {
	raw, functions, err := newConfig(config)
	if err != nil {
		return nil, err
	}
	defer C.spotify_config_free(raw)
	pointer := C.spotify_login_new(raw)
	login := &Login{pointer: pointer, URL: C.GoString(C.spotify_login_url(pointer))}
	login.handle = newHandle(ErrLoginClosed, functions,
		func() { C.spotify_login_cancel(pointer) }, func() { C.spotify_login_free(pointer) })
	if login.URL == "" {
		defer login.Close()
		return nil, login.whyNot()
	}
	runtime.SetFinalizer(login, (*Login).Close)
	return login, nil
}

// whyNot returns why the login could not begin.
func (l *Login) whyNot() error {
	var raw C.spotify_token
	C.spotify_login_wait_into(l.pointer, 0, &raw)
	_, err := take(&raw)
	return err
}

// Wait waits until the browser comes back, stores the login and returns the token. The end of the context ends the wait and not
// the login: it can be called again.
func (l *Login) Wait(ctx context.Context) (Token, error) {
	return l.call(ctx, func() (Token, error) {
		for {
			var raw C.spotify_token
			C.spotify_login_wait_into(l.pointer, turn, &raw)
			if raw.error_code != C.SPOTIFY_ERROR_TIMEOUT || ctx.Err() != nil {
				return take(&raw)
			}
			C.spotify_token_clear(&raw)
		}
	})
}

// Finish completes the login with the address that the browser shows after it, or with its code, and returns the token. The end of
// the context ends the wait for that.
func (l *Login) Finish(ctx context.Context, redirectedTo string) (Token, error) {
	if strings.ContainsRune(redirectedTo, 0) {
		return Token{}, invalid("the address contains a NUL character. Copy it again")
	}
	return l.call(ctx, func() (Token, error) {
		text := C.CString(redirectedTo)
		defer C.free(unsafe.Pointer(text))
		var raw C.spotify_token
		C.spotify_login_finish_into(l.pointer, text, &raw)
		return take(&raw)
	})
}

// Cancel ends the login: calls that wait fail with SPOTIFY_ERROR_CANCELLED, and so do later ones.
func (l *Login) Cancel() {
	if l.use() {
		defer l.release()
		l.cancel()
	}
}

// Close cancels the login and frees it, when the last call has returned. Closing twice is fine.
func (l *Login) Close() {
	if l.close() {
		runtime.SetFinalizer(l, nil)
	}
}

// call blocks in C in a goroutine of its own, so that the end of the context ends the wait.
func (l *Login) call(ctx context.Context, ask func() (Token, error)) (Token, error) {
	if !l.use() {
		return Token{}, ErrLoginClosed
	}
	asked := &request{done: make(chan struct{})}
	go func() {
		defer l.release()
		asked.token, asked.err = ask()
		close(asked.done)
	}()
	return l.wait(ctx, asked)
}

// Logout forgets the stored login of the account that this configuration names.
func Logout(config *Config) error {
	raw, functions, err := newConfig(config)
	if err != nil {
		return err
	}
	defer C.spotify_config_free(raw)
	defer functions.forget()
	if code := C.spotify_logout(raw); code != C.SPOTIFY_OK {
		return &Error{Code: int(code), Name: errorName(code), Message: C.GoString(C.spotify_error_description(code))}
	}
	return nil
}

// wait waits for a request, until the context ends or this is closed.
func (h *handle) wait(ctx context.Context, asked *request) (Token, error) {
	select {
	case <-ctx.Done():
		return Token{}, ctx.Err()
	case <-h.closed:
		return Token{}, h.errClosed
	case <-asked.done:
		if h.isClosed() {
			return Token{}, h.errClosed // not what close has made of the call
		}
		return asked.token, asked.err
	}
}

// close reports whether it was open.
func (h *handle) close() bool {
	h.mutex.Lock()
	if h.isClosed() {
		h.mutex.Unlock()
		return false
	}
	close(h.closed)
	h.mutex.Unlock()
	called.Delete(h.functions.logger)
	h.cancel()
	h.release()
	return true
}

func (h *handle) isClosed() bool {
	select {
	case <-h.closed:
		return true
	default:
		return false
	}
}

// use keeps it from being freed until release is called.
func (h *handle) use() bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.isClosed() {
		return false
	}
	h.users++
	return true
}

func (h *handle) release() {
	h.mutex.Lock()
	h.users--
	last := h.users == 0
	h.mutex.Unlock()
	if last {
		h.free()
		h.functions.forget()
	}
}

// forget lets the functions be collected. C does not call them any more.
func (f functions) forget() {
	called.Delete(f.logger)
	called.Delete(f.onRefreshToken)
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

// clearTwice is for the misuse example, whose file does not import C.
func clearTwice(client *Client) bool {
	var raw C.spotify_token
	C.spotify_client_token_into(client.pointer, &raw)
	C.spotify_token_clear(&raw)
	C.spotify_token_clear(&raw)
	return raw.access_token == nil
}
