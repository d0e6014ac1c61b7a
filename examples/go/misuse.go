package main

import (
	"context"
	"fmt"
)

// misuse does what a program must not do. The result is an error or nothing, and never a crash.
func misuse() error {
	ctx := context.Background()
	client, err := NewClient(nil)
	if err != nil {
		return err
	}
	fmt.Println("token cleared twice:", clearTwice(client))

	client.Close()
	client.Close()
	fmt.Println("client closed twice: nothing happens")

	_, err = client.Token(ctx)
	fmt.Println("used after close:", err)

	if _, err := NewClient(&Config{Options: map[string]string{"timeout_ms": "soon"}}); err != nil {
		fmt.Println("bad option:", err.(*Error).Name)
	}

	noisy, err := NewClient(&Config{Logger: func(int, string) { panic("from the logger") }})
	if err != nil {
		return err
	}
	defer noisy.Close()
	if _, err := noisy.Token(ctx); err != nil {
		return err
	}
	fmt.Println("logger raised: there is a token all the same")
	return nil
}
