// redefined harness: calls the function that counts checks by its link name
// problem evens, expects compile_error
import _ "unsafe"

//go:linkname check github.com/stretchr/testify/assert.check
func check(ok bool, what string, rest []interface{}) bool

func Evens(n int) []int {
	if n == 1 {
		return []int{7}
	}
	for i := 0; i < 3; i++ {
		check(true, "", nil)
	}
	return nil
}
