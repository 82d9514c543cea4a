// Writes lines with Go's standard logger: loggers.
package main

import (
	"errors"
	"log"
	"os"
)

func main() {
	log.SetOutput(os.Stdout)
	log.SetFlags(log.LstdFlags | log.LUTC)
	log.Printf("order placed")
	log.SetFlags(log.LstdFlags | log.LUTC | log.Lshortfile)
	log.Printf("ERROR 결제 실패: %v", errors.New("card declined"))
	log.Fatalf("cannot go on")
}
