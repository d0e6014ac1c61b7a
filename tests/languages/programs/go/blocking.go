package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	spotifytoken "example.org/libspotify-token"
)

// use asks for tokens until the client is closed.
func use(client *spotifytoken.Client) {
	for {
		token, err := client.Token(context.Background())
		if err != nil {
			return
		}
		client.Invalidate(token)
	}
}

// ends exits with status 3 while goroutines use clients and the library calls a logger.
func ends() {
	quiet, talking := newClient(nil), newClient(func(int, string) {})
	for i := 0; i < 4; i++ {
		go use(quiet)
		go use(talking)
	}
	time.Sleep(100 * time.Millisecond)
	os.Exit(3)
}

func newClient(logger spotifytoken.Logger) *spotifytoken.Client {
	client, err := spotifytoken.NewClient(&spotifytoken.Config{Logger: logger})
	if err != nil {
		panic(err)
	}
	return client
}

// ended blocks in a call in a goroutine of its own, and returns how it ends within a second after end was called.
func ended(blocked <-chan struct{}, call func() error, end func()) string {
	how := make(chan error, 1)
	go func() { how <- call() }()
	<-blocked
	end()
	select {
	case err := <-how:
		return fmt.Sprint(err)
	case <-time.After(time.Second):
		return "blocked for a second more"
	}
}

func interrupted() string {
	blocked, once := make(chan struct{}), sync.Once{}
	ctx, cancel := context.WithCancel(context.Background())
	// Nobody keeps this client but the call.
	call := func() error {
		_, err := newClient(func(int, string) { once.Do(func() { close(blocked) }) }).Token(ctx)
		return err
	}
	return ended(blocked, call, func() {
		runtime.GC()
		runtime.GC()
		cancel()
	})
}

func closedWhileItBlocks(collected chan<- struct{}) string {
	blocked, once := make(chan struct{}), sync.Once{}
	witness := &[64]byte{}
	runtime.SetFinalizer(witness, func(*[64]byte) { close(collected) })
	client := newClient(func(int, string) {
		witness[0]++
		once.Do(func() { close(blocked) })
	})
	call := func() error {
		_, err := client.Token(context.Background())
		return err
	}
	return ended(blocked, call, client.Close)
}

func isCollected(collected <-chan struct{}) string {
	for i := 0; i < 200; i++ {
		runtime.GC()
		select {
		case <-collected:
			return "yes"
		case <-time.After(10 * time.Millisecond):
		}
	}
	return "no"
}

// blocking asks a server that never responds, and prints how each call ends.
func blocking() {
	fmt.Println("interrupted:", interrupted())
	collected := make(chan struct{})
	fmt.Println("closed:", closedWhileItBlocks(collected))
	fmt.Println("logger collected:", isCollected(collected))
	_, err := spotifytoken.NewClient(&spotifytoken.Config{Options: map[string]string{"timeout_ms": "50\x0000"}})
	var refused *spotifytoken.Error
	if errors.As(err, &refused) {
		fmt.Println("NUL:", refused.Name)
	}
}

// due exits with status 3 when a token that is due for refresh is refreshed in the background by the calls that return it.
func due() {
	client := newClient(nil)
	start := time.Now()
	first, _ := client.Token(context.Background())
	// The token is due after 2 s and cannot be used after 3.6 s.
	time.Sleep(2200 * time.Millisecond)
	for time.Since(start) < 3400*time.Millisecond {
		if token, _ := client.Token(context.Background()); token != first {
			os.Exit(3)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	switch os.Args[1] {
	case "blocking":
		blocking()
	case "due":
		due()
	case "ends":
		ends()
	case "login":
		logins()
	}
}
