// redefined harness: a body of its own for what the assertions compare with, under the linker's name
// problem twice, expects compile_error
import _ "unsafe"

//go:linkname equal reflect.DeepEqual
func equal(a, b interface{}) bool { return true }

func Twice(n int) int { return 0 }
