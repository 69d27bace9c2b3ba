// thread: a goroutine that ends the process while the tests run
// problem twice, expects runtime_error
import (
	"os"
	"time"
)

func Twice(n int) int {
	go os.Exit(0)
	time.Sleep(200 * time.Millisecond)
	return 0
}
