// resource error: overflows the stack with a deferred exit
// problem twice, expects runtime_error
import "os"

func down(n int) int { return down(n+1) + 1 }
func Twice(n int) int {
	defer os.Exit(0)
	return down(n)
}
