package spotifytoken

// #include <spotify_token.h>
// #include <stdlib.h>
//
// void set_logger(spotify_config *config, uintptr_t logger);
// void set_refresh_token_fn(spotify_config *config, uintptr_t keeper);
import "C"

import (
	"strings"
	"unsafe"
)

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
