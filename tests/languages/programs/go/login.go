package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	spotifytoken "example.org/libspotify-token"
)

var (
	input      = bufio.NewScanner(os.Stdin)
	background = context.Background()
)

// ofUser returns a configuration for a user's tokens, with these names and values in place of its own.
func ofUser(options ...string) *spotifytoken.Config {
	config := &spotifytoken.Config{Options: map[string]string{"grant": "user", "scope": "playlist-read-private"}}
	for i := 0; i < len(options); i += 2 {
		config.Options[options[i]] = options[i+1]
	}
	return config
}

func begin(config *spotifytoken.Config) *spotifytoken.Login {
	login, err := spotifytoken.NewLogin(config)
	if err != nil {
		panic(err)
	}
	return login
}

// row prints what was tried, and what came of it.
func row(name string, values ...string) { fmt.Println(name + ": " + strings.Join(values, ", ")) }

// browser asks the test to play the browser while this program waits.
func browser(action string, login *spotifytoken.Login) { fmt.Println(action, login.URL) }

// address asks the test for the address that the browser shows in the end.
func address(login *spotifytoken.Login) string {
	fmt.Println("agree", login.URL)
	if !input.Scan() {
		panic("no address")
	}
	return input.Text()
}

func same(one, other spotifytoken.Token) string {
	if one.AccessToken == other.AccessToken {
		return "same token"
	}
	return "another token"
}

// how says how a call has ended.
func how(err error) string {
	var failed *spotifytoken.Error
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, spotifytoken.ErrClosed), errors.Is(err, spotifytoken.ErrLoginClosed):
		return "closed"
	case errors.As(err, &failed):
		return strings.TrimSpace(failed.Name + " " + failed.OAuthError)
	}
	return err.Error()
}

// tokenOf asks a new client, which has no error in its memory.
func tokenOf(config *spotifytoken.Config) (spotifytoken.Token, error) {
	client, err := spotifytoken.NewClient(config)
	if err != nil {
		return spotifytoken.Token{}, err
	}
	defer client.Close()
	return client.Token(background)
}

type outcome struct {
	token spotifytoken.Token
	err   error
}

// waiting waits for the browser in a goroutine of its own.
func waiting(login *spotifytoken.Login) <-chan outcome {
	ended := make(chan outcome, 1)
	go func() {
		token, err := login.Wait(background)
		ended <- outcome{token, err}
	}()
	time.Sleep(20 * time.Millisecond)
	return ended
}

// refusal says how a program that gives these options is refused.
func refusal(options ...string) string {
	_, err := spotifytoken.NewLogin(ofUser(options...))
	return how(err)
}

// givenUp says what remains of a wait whose context has ended.
func givenUp(login *spotifytoken.Login) string {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(background, 150*time.Millisecond)
	defer cancel()
	if _, err := login.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return how(err)
	}
	time.Sleep(300 * time.Millisecond)
	if runtime.NumGoroutine() > before {
		return "a goroutine is left"
	}
	return "at once"
}

// logins prints how each way to log in ends, as tests/languages/login_calls.rs wants it.
func logins() {
	_, err := tokenOf(ofUser())
	row("not logged in", how(err))
	row("bad option", refusal("redirect_uri", "http://localhost/callback"))
	row("NUL in a name", refusal("account\x00", "x"))
	row("NUL in a value", refusal("account", "a\x00b"))
	_, err = spotifytoken.NewLogin(ofUser("logins", "file:/dev/null/ü"))
	row("cannot begin", how(err), "names "+regexp.MustCompile(`/dev/null/\pL`).FindString(err.Error()))

	login := begin(ofUser())
	row("given up", givenUp(login))
	pastes := func(text string) string {
		_, err := login.Finish(background, text)
		return how(err)
	}
	row("empty line", pastes("\n"))
	row("NUL in the address", pastes("a\x00b"))
	row("address in another alphabet", pastes("ü"))
	row("wrong state", pastes("http://127.0.0.1/callback?code=x&state=y"))

	browser("browse", login)
	first, _ := login.Wait(background)
	row("browser", first.Scope)
	again, _ := login.Wait(background)
	pasted, _ := login.Finish(background, "x")
	if again == first && pasted == first {
		row("finished", "waits again", "pastes again")
	}
	login.Close()
	login.Close()
	login.Cancel()
	_, err = login.Wait(background)
	row("closed twice", how(err), pastes("x"))
	token, _ := tokenOf(ofUser())
	row("client", same(token, first))
	printed, _ := exec.Command("spotify-token", "token", "--user").Output()
	row("other process", same(spotifytoken.Token{AccessToken: strings.TrimSpace(string(printed))}, first))
	_, err = tokenOf(ofUser("scope", "user-library-read"))
	row("lacks a scope", how(err))

	login = begin(ofUser())
	ended := waiting(login)
	token, _ = login.Finish(background, address(login)+"\n")
	row("pasted", token.Scope)
	row("pasted while it waits", same((<-ended).token, token))
	login.Close()

	login = begin(ofUser())
	browser("decline", login)
	_, err = login.Wait(background)
	row("declined", how(err))
	login.Close()

	login = begin(ofUser())
	ended = waiting(login)
	login.Cancel()
	cancelled := how((<-ended).err)
	_, err = login.Wait(background)
	row("cancelled while it waits", cancelled, how(err))
	login.Close()

	login = begin(ofUser())
	ended = waiting(login)
	login.Close()
	if (<-ended).err == spotifytoken.ErrLoginClosed {
		row("closed while it waits", "ended")
	}

	once, twice := spotifytoken.Logout(ofUser()), spotifytoken.Logout(ofUser())
	_, err = tokenOf(ofUser())
	row("logout", how(once), how(twice), how(err))
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
	if _, err := login.Finish(background, address(login)); err != nil {
		panic(err)
	}
	login.Close()
	_, err := tokenOf(ofUser())
	row("kept", fmt.Sprint(len(kept)), how(err))

	config = ofUser("refresh_token", kept[0])
	config.OnRefreshToken = keep
	if _, err = tokenOf(config); err != nil {
		panic(err)
	}
	if kept[0] != kept[1] {
		row("rotated", fmt.Sprint(len(kept)), "another")
	}
	if isCollected(collected) == "yes" {
		row("function that kept them", "collected")
	}
}
