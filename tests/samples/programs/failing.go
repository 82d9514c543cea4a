// Writes one kind of crash, as the Go runtime prints it: failing <kind>.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

type account struct{ balance int }

func (a *account) charge(amount int) int {
	if amount < 0 {
		panic(fmt.Errorf("잘못된 금액: %d", amount))
	}
	return a.balance / amount
}

func order(a *account, amount int) int { return a.charge(amount) }

func main() {
	switch os.Args[1] {
	case "error_value":
		order(&account{1}, -1)
	case "nil_pointer":
		order(nil, 1)
	case "divide":
		order(&account{1}, 0)
	case "index":
		values := []int{1}
		fmt.Println(values[len(os.Args)+3])
	case "text":
		panic("multi\nline")
	case "again":
		defer func() { panic(errors.New("while cleaning up")) }()
		order(&account{1}, -1)
	case "goroutine":
		go func() { order(nil, 1) }()
		time.Sleep(time.Second)
	case "deadlock":
		var lock sync.Mutex
		lock.Lock()
		lock.Lock()
	case "stack":
		fmt.Fprintf(os.Stderr, "recovered: %v\n%s", "boom", debug.Stack())
	}
}
