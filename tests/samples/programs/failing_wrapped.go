// Prints errors that carry a stack (github.com/pkg/errors, `%+v`): failing_wrapped <kind>.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/pkg/errors"
)

func read() error { return errors.Wrap(io.ErrUnexpectedEOF, "read order 17") }

func charge() error {
	if err := read(); err != nil {
		return errors.WithMessage(err, "charge failed")
	}
	return nil
}

func checkout() error { return errors.Wrapf(charge(), "checkout of %s", "cart 4") }

func main() {
	switch os.Args[1] {
	case "new":
		fmt.Printf("%+v\n", errors.New("declined"))
	case "wrapped":
		fmt.Printf("%+v\n", checkout())
	case "plain":
		fmt.Printf("order failed: %v\n", checkout())
	case "panic":
		panic(fmt.Sprintf("%+v", read()))
	}
}
