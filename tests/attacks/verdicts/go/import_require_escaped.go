// redefined harness: the same with require, its path written in escapes
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
