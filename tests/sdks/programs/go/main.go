// Uses golang.org/x/oauth2 as tests/sdks/sdk.rs wants it: with the module's transport, with its TokenSource, or without an adapter.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"

	"example.org/libspotify-token/spotifyoauth2"
	"example.org/libspotify-token/transport"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	api     = "https://api.spotify.com/v1"
	artist  = "/artists/0TnOYISbd1XYRBk9myaseg"
	callers = 32
)

var input = bufio.NewScanner(os.Stdin)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func get(web *http.Client, path string, into any) {
	response, err := web.Get(api + path)
	check(err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		panic(response.Status)
	}
	check(json.NewDecoder(response.Body).Decode(into))
}

type named struct{ Name string }

// artistsOf asks for the artist with as many callers at once, and returns each name once.
func artistsOf(web *http.Client, callers int) string {
	var mutex sync.Mutex
	var group sync.WaitGroup
	names := map[string]bool{}
	for i := 0; i < callers; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			var found named
			get(web, artist, &found)
			mutex.Lock()
			defer mutex.Unlock()
			names[found.Name] = true
		}()
	}
	group.Wait()
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	return strings.Join(sorted, ", ")
}

func app(web *http.Client) {
	fmt.Println("artist:", artistsOf(web, callers))
	var found struct{ Artists struct{ Items []named } }
	get(web, "/search?type=artist&q="+url.QueryEscape("Pitbull"), &found)
	fmt.Println("search:", found.Artists.Items[0].Name)
}

func user(web *http.Client) {
	var me struct {
		DisplayName string `json:"display_name"`
	}
	get(web, "/me", &me)
	fmt.Println("me:", me.DisplayName)
	var playlists struct{ Items []named }
	get(web, "/me/playlists", &playlists)
	var names []string
	for _, playlist := range playlists.Items {
		names = append(names, playlist.Name)
	}
	fmt.Println("playlists:", strings.Join(names, ", "))
}

// twice shows the same once more, after the token has expired.
func twice(show func(*http.Client), web *http.Client) {
	show(web)
	fmt.Println("expire")
	input.Scan()
	show(web)
}

// client makes an HTTP client with the adapter.
func client(options map[string]string) *http.Client {
	source, err := newSource(options)
	check(err)
	if os.Getenv("ADAPTER") == "oauth2" {
		return oauth2.NewClient(context.Background(), spotifyoauth2.TokenSource(context.Background(), source))
	}
	return transport.Client(source)
}

func byItself() *http.Client {
	config := clientcredentials.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		TokenURL:     "https://accounts.spotify.com/api/token",
	}
	web := config.Client(context.Background())
	fmt.Fprintf(os.Stderr, "%#v %+v\n", web, web.Transport)
	return web
}

func main() {
	switch mode := os.Args[1]; mode {
	case "app":
		twice(app, client(nil))
	case "user":
		twice(user, client(map[string]string{"grant": "user"}))
	default:
		web := client(nil)
		if mode == "without" {
			web = byItself()
		}
		callers, err := strconv.Atoi(os.Args[2])
		check(err)
		fmt.Println("ready")
		input.Scan()
		artistsOf(web, callers)
	}
}
