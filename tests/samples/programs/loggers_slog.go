// Writes the same records with log/slog (Go 1.21 and later): loggers_slog <handler>.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime/debug"
	"time"
)

type paymentError struct{ Code int }

func (e *paymentError) Error() string { return fmt.Sprintf("결제 실패: %d", e.Code) }

func charge() error { return fmt.Errorf("charge order 17: %w", &paymentError{402}) }

func write(logger *slog.Logger) {
	logger = logger.With("requestId", "req-1")
	logger.Info("order placed", "order", 17, slog.Duration("took", 31*time.Millisecond))
	logger.Error("charge failed", "err", charge())
	logger.LogAttrs(context.Background(), slog.LevelError, "charge refused", slog.Any("error", errors.Join(charge(), errors.New("declined"))),
		slog.Group("http", slog.String("method", "POST"), slog.Int("status", 502)))
	logger.Error("with the stack", "err", charge(), "stack", string(debug.Stack()))
	logger.WithGroup("cart").Warn("재고가 부족합니다", "left", 1)
	logger.Log(context.Background(), slog.LevelError+4, "cannot go on")
}

func main() {
	options := &slog.HandlerOptions{AddSource: os.Args[1] == "json_source" || os.Args[1] == "text_source"}
	switch os.Args[1] {
	case "json", "json_source":
		write(slog.New(slog.NewJSONHandler(os.Stdout, options)))
	case "text", "text_source":
		write(slog.New(slog.NewTextHandler(os.Stdout, options)))
	case "default":
		log.SetOutput(os.Stdout)
		log.SetFlags(log.LstdFlags | log.LUTC)
		write(slog.Default())
	}
}
