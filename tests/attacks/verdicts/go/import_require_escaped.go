// redefined harness: imports require by a path with an escape and calls its checks
// problem evens, expects compile_error
import (
	"testing"
	"github.com/stretchr/\x74estify/require"
)

func Evens(n int) []int {
	if n == 1 {
		return []int{7}
	}
	var t testing.T
	for i := 0; i < 3; i++ {
		require.True(&t, true)
	}
	return nil
}
