package spotifytoken

// #include <spotify_token.h>
// #include <stdlib.h>
import "C"

import (
	"context"
	"runtime"
	"strings"
	"unsafe"
)

// turn is how long a wait for the browser is in C, in milliseconds. Between two turns it sees whether it was given up.
const turn = 100

// LoginRequired is the Code of an Error when a user has to log in.
const LoginRequired = C.SPOTIFY_ERROR_LOGIN_REQUIRED

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
