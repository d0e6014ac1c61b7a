package spotifytoken

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed is returned by a client that was closed, and ErrLoginClosed by a login.
var (
	ErrClosed      = errors.New("spotify: the client is closed")
	ErrLoginClosed = errors.New("spotify: the login is closed")
)

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

func newHandle(errClosed error, functions functions, cancel, free func()) handle {
	return handle{closed: make(chan struct{}), errClosed: errClosed, functions: functions, cancel: cancel, free: free, users: 1}
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
