// Writes the same records with a Go logger: loggers_go119 <logger>. Packages of Debian 12, GOPATH mode.
package main

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/pkg/errors"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/pkgerrors"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func dial() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func charge() error { return errors.Wrap(dial(), "결제 실패") }

func withZap(log *zap.Logger) {
	defer log.Sync()
	log = log.Named("payment").With(zap.String("requestId", "req-1"))
	log.Info("order placed", zap.Int("order", 17), zap.Duration("took", 31*time.Millisecond))
	log.Error("charge failed", zap.Error(charge()))
	log.Sugar().Errorw("charge refused", "order", 17, "reason", "declined")
	log.Warn("재고가 부족합니다")
	defer func() { log.Info("recovered", zap.Any("reason", recover())) }()
	log.Panic("cannot go on")
}

func withLogrus(log *logrus.Logger) {
	log.SetOutput(os.Stdout)
	entry := log.WithFields(logrus.Fields{"requestId": "req-1", "order": 17})
	entry.Info("order placed")
	entry.WithError(charge()).Error("charge failed")
	entry.WithField("error", fmt.Sprintf("%+v", charge())).Error("charge failed\nwith two lines")
	entry.Warn("재고가 부족합니다")
	log.Fatal("cannot go on")
}

func withZerolog(log zerolog.Logger) {
	log = log.With().Str("requestId", "req-1").Timestamp().Logger()
	log.Info().Int("order", 17).Dur("took", 31*time.Millisecond).Msg("order placed")
	log.Error().Err(charge()).Msg("charge failed")
	log.Error().Stack().Err(charge()).Msg("with the stack")
	log.Error().Err(charge()).Send()
	log.Warn().Msg("재고가 부족합니다")
	log.Fatal().Caller().Msg("cannot go on")
}

func main() {
	switch os.Args[1] {
	case "zap_production":
		config := zap.NewProductionConfig()
		config.OutputPaths = []string{"stdout"}
		log, _ := config.Build()
		withZap(log)
	case "zap_development":
		config := zap.NewDevelopmentConfig()
		config.OutputPaths = []string{"stdout"}
		log, _ := config.Build()
		withZap(log)
	case "zap_console":
		encoder := zap.NewProductionEncoderConfig()
		encoder.EncodeTime = zapcore.ISO8601TimeEncoder
		encoder.EncodeLevel = zapcore.CapitalLevelEncoder
		withZap(zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(encoder), os.Stdout, zap.InfoLevel)))
	case "logrus_text":
		withLogrus(logrus.New())
	case "logrus_json":
		log := logrus.New()
		log.SetFormatter(&logrus.JSONFormatter{})
		log.SetReportCaller(true)
		withLogrus(log)
	case "logrus_caller":
		log := logrus.New()
		log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, DisableColors: true})
		log.SetReportCaller(true)
		withLogrus(log)
	case "zerolog":
		zerolog.ErrorStackMarshaler = pkgerrors.MarshalStack
		withZerolog(zerolog.New(os.Stdout))
	case "zerolog_unix":
		zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
		withZerolog(zerolog.New(os.Stdout))
	case "zerolog_console":
		withZerolog(zerolog.New(zerolog.ConsoleWriter{Out: os.Stdout, NoColor: true, TimeFormat: time.RFC3339}))
	}
}
