// exit handler: a finalizer that ends the process with status 0
// problem twice, expects runtime_error
import (
	"os"
	"runtime"
	"time"
)

type last struct{ x [16]int }

func Twice(n int) int {
	runtime.SetFinalizer(&last{}, func(*last) { os.Exit(0) })
	runtime.GC()
	time.Sleep(100 * time.Millisecond)
	return 0
}
