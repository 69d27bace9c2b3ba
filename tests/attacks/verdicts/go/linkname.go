// redefined harness: reaches a function of the library by its link name
// problem twice, expects wrong_answer
import _ "unsafe"

//go:linkname exit os.runtime_beforeExit
func exit(code int)

func Twice(n int) int { return 0 }
