// signal to self: handles SIGTERM and exits with status 0
// problem twice, expects runtime_error
import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func Twice(n int) int {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	go func() { <-c; os.Exit(0) }()
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	time.Sleep(200 * time.Millisecond)
	return 0
}
