// Writes one kind of crash, as the Go runtime prints it: failing <kind>.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
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

type paymentError struct {
	Code   int
	Reason string
}

type reason string

func (r reason) String() string { return "reason: " + string(r) }

type refused struct{ order int }

func (r *refused) Error() string { return fmt.Sprintf("order %d refused\n\tby the bank", r.order) }

func each[T any](values []T, visit func(T)) {
	for _, value := range values {
		visit(value)
	}
}

func again(depth int) int { return again(depth+1) + 1 }

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
	case "struct":
		panic(paymentError{Code: 402, Reason: "declined"})
	case "stringer":
		panic(reason("declined"))
	case "error_pointer":
		panic(&refused{order: 17})
	case "number":
		panic(402)
	case "closure":
		each([]int{-1}, func(amount int) { order(&account{1}, amount) })
	case "deferred":
		defer fmt.Println("cleaned up")
		order(&account{1}, -1)
	case "recovered":
		defer func() {
			if reason := recover(); reason != nil {
				panic(fmt.Sprintf("again: %v", reason))
			}
		}()
		order(&account{1}, -1)
	case "repanicked":
		defer func() { panic(recover()) }()
		order(&account{1}, -1)
	case "map_writes":
		values := map[int]int{}
		for worker := 0; worker < 8; worker++ {
			go func() {
				for {
					values[1]++
				}
			}()
		}
		time.Sleep(5 * time.Second)
	case "overflow":
		debug.SetMaxStack(1 << 16)
		again(0)
	case "nil_map":
		var values map[string]int
		values["order"] = 1
	case "assertion":
		var value any = "17"
		fmt.Println(value.(int))
	case "closed":
		channel := make(chan int)
		close(channel)
		channel <- 1
	case "slice":
		values := make([]int, 2)
		fmt.Println(values[len(os.Args)+1:])
	case "all":
		debug.SetTraceback("all")
		go func() { select {} }()
		time.Sleep(10 * time.Millisecond)
		order(nil, 1)
	case "log_panic":
		log.Panicf("cannot go on: %v", errors.New("declined"))
	case "exit":
		runtime.Goexit()
	case "stack":
		fmt.Fprintf(os.Stderr, "recovered: %v\n%s", "boom", debug.Stack())
	}
}
