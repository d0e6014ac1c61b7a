package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"

	"example.org/libspotify-token/token"
)

// ExitRejected is the ExitStatus of an Error when the server rejected the client id or secret, or when the user has to log in.
const ExitRejected = 77

// Error says why there is no token. The command's manual lists what each ExitStatus means.
type Error struct {
	ExitStatus int
	Message    string
}

func (e *Error) Error() string { return e.Message }

// variables are the options that reach the command in its environment: other users can see its arguments, and these may hold secrets.
// The client id has to come from where the secret comes from.
var variables = map[string]bool{
	"cache": true, "client_id": true, "client_secret": true, "logins": true, "proxy": true, "refresh_token": true,
}

// token runs the command.
func (c *Config) token(refresh bool) (Token, error) {
	path := c.Path
	if path == "" {
		path = "spotify-token"
	}
	arguments := []string{"json", "--no-input"}
	if refresh {
		arguments = append(arguments, "--refresh")
	}
	environment := os.Environ()
	for name, value := range c.Options {
		if variables[name] {
			environment = append(environment, "SPOTIFY_"+strings.ToUpper(name)+"="+value)
		} else {
			arguments = append(arguments, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
		}
	}
	command := exec.Command(path, arguments...)
	command.Env = environment
	var message bytes.Buffer
	command.Stderr = &message
	output, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		text := strings.TrimPrefix(strings.TrimSpace(message.String()), "spotify-token: ")
		return Token{}, &Error{ExitStatus: failed.ExitCode(), Message: text}
	}
	if err != nil {
		return Token{}, err
	}
	return read(output)
}

// read reads what the command prints.
func read(output []byte) (Token, error) {
	var fields struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		Scope       string `json:"scope"`
		ExpiresAt   int64  `json:"expires_at"`
	}
	if err := json.Unmarshal(output, &fields); err != nil {
		return Token{}, err
	}
	return Token{
		AccessToken:   fields.AccessToken,
		Authorization: fields.TokenType + " " + fields.AccessToken,
		Scope:         fields.Scope,
		ExpiresAt:     token.At(fields.ExpiresAt),
	}, nil
}
