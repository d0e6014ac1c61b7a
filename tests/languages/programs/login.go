package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

var (
	input      = bufio.NewScanner(os.Stdin)
	background = context.Background()
)

// ofUser returns a configuration for a user's tokens, with these names and values in place of its own.
func ofUser(options ...string) *Config {
	config := &Config{Options: map[string]string{"grant": "user", "scope": "playlist-read-private"}}
	for i := 0; i < len(options); i += 2 {
		config.Options[options[i]] = options[i+1]
	}
	return config
}

func begin(config *Config) *Login {
	login, err := NewLogin(config)
	if err != nil {
		panic(err)
	}
	return login
}

// redirect asks the test to play the browser, and returns the address that it is sent to.
func redirect(button string, login *Login) string {
	fmt.Println(button, login.URL)
	if !input.Scan() {
		panic("no address")
	}
	return input.Text()
}

// open opens an address as a browser does.
func open(address string) string {
	response, err := http.Get(address)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	return string(page)
}

// how says how a call has ended.
func how(err error) string {
	var failed *Error
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &failed):
		return strings.TrimSpace(failed.Name + " " + failed.OAuthError)
	}
	return err.Error()
}

// tokenOf asks a new client, which has no error in its memory.
func tokenOf(config *Config) (Token, error) {
	client, err := NewClient(config)
	if err != nil {
		return Token{}, err
	}
	defer client.Close()
	return client.Token(background)
}

type outcome struct {
	token Token
	err   error
}

// waiting waits for the browser in a goroutine of its own.
func waiting(login *Login) <-chan outcome {
	ended := make(chan outcome, 1)
	go func() {
		token, err := login.Wait(background)
		ended <- outcome{token, err}
	}()
	time.Sleep(20 * time.Millisecond)
	return ended
}

// logins prints how each way to log in ends. The test plays the browser: after a line `agree URL` or `decline URL` it writes the
// address that the browser is sent to.
func logins() {
	_, err := tokenOf(ofUser())
	fmt.Println("not logged in:", how(err))
	_, err = NewLogin(ofUser("redirect_uri", "http://localhost/callback"))
	fmt.Println("bad option:", how(err))
	_, err = NewLogin(ofUser("account", "a\x00b"))
	fmt.Println("NUL:", how(err))

	login := begin(ofUser())
	ctx, cancel := context.WithTimeout(background, 250*time.Millisecond)
	_, err = login.Wait(ctx)
	cancel()
	time.Sleep(4 * turn * time.Millisecond)
	fmt.Println("given up:", how(err)+",", runtime.NumGoroutine(), "goroutine")
	_, err = login.Finish(background, "a\x00b")
	fmt.Println("NUL:", how(err))
	_, err = login.Finish(background, "http://127.0.0.1/callback?code=x&state=y")
	fmt.Println("wrong state:", how(err))

	ended := waiting(login)
	fmt.Println("page:", strings.Contains(open(redirect("agree", login)), "You are logged in"))
	first := <-ended
	fmt.Println("browser:", first.token.Scope)
	again, _ := login.Wait(background)
	fmt.Println("waits again:", again.AccessToken == first.token.AccessToken)
	login.Close()
	login.Close()
	login.Cancel()
	_, err = login.Wait(background)
	_, other := login.Finish(background, "x")
	fmt.Println("closed:", how(err)+",", how(other))
	token, _ := tokenOf(ofUser())
	fmt.Println("client:", token.AccessToken == first.token.AccessToken)
	printed, _ := exec.Command("spotify-token", "token", "--user").Output()
	fmt.Println("other process:", strings.TrimSpace(string(printed)) == first.token.AccessToken)
	_, err = tokenOf(ofUser("scope", "user-library-read"))
	fmt.Println("lacks a scope:", how(err))

	login = begin(ofUser())
	ended = waiting(login)
	token, _ = login.Finish(background, redirect("agree", login)+"\n")
	fmt.Println("pasted:", token.Scope)
	fmt.Println("pasted while it waits:", (<-ended).token.AccessToken == token.AccessToken)
	login.Close()

	login = begin(ofUser())
	ended = waiting(login)
	open(redirect("decline", login))
	fmt.Println("declined:", how((<-ended).err))
	login.Close()

	login = begin(ofUser())
	ended = waiting(login)
	login.Cancel()
	fmt.Println("cancelled:", how((<-ended).err))
	_, err = login.Wait(background)
	fmt.Println("waits after that:", how(err))
	login.Close()

	login = begin(ofUser())
	ended = waiting(login)
	login.Close()
	fmt.Println("closed while it waits:", how((<-ended).err))

	err, other = Logout(ofUser()), Logout(ofUser())
	_, third := tokenOf(ofUser())
	fmt.Println("logout:", how(err)+",", how(other)+",", how(third))
	keepRefreshTokens()
}

// keeper returns a function that keeps refresh tokens, and panics. The channel is closed when nobody has the function any more.
func keeper(kept *[]string) (func(string), <-chan struct{}) {
	collected := make(chan struct{})
	witness := &[64]byte{}
	runtime.SetFinalizer(witness, func(*[64]byte) { close(collected) })
	return func(refreshToken string) {
		witness[0]++
		*kept = append(*kept, refreshToken)
		panic("from OnRefreshToken")
	}, collected
}

// keepRefreshTokens logs in and rotates the refresh token, in a program that keeps it itself.
func keepRefreshTokens() {
	var kept []string
	keep, collected := keeper(&kept)
	config := ofUser()
	config.OnRefreshToken = keep
	login := begin(config)
	if _, err := login.Finish(background, redirect("agree", login)); err != nil {
		panic(err)
	}
	login.Close()
	_, err := tokenOf(ofUser())
	fmt.Printf("kept: %d, stored: %s\n", len(kept), how(err))

	config = ofUser("refresh_token", kept[0])
	config.OnRefreshToken = keep
	if _, err = tokenOf(config); err != nil {
		panic(err)
	}
	fmt.Printf("rotated: %d, %v\n", len(kept), kept[0] != kept[1])
	fmt.Println("function collected:", isCollected(collected))
}
