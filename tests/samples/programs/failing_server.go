// Panics in a handler of net/http, whose server logs the stack and goes on.
package main

import (
	"log"
	"net"
	"net/http"
)

type orders struct{ prices map[int]int }

func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	log.Printf("prices: %d", 100/o.prices[len(r.URL.Path)])
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	listener, _ := net.Listen("tcp", "127.0.0.1:18473")
	go http.Serve(listener, &orders{})
	_, err := http.Get("http://127.0.0.1:18473/orders")
	log.Printf("request failed: %v", err)
}
