// attack: calls private functions of the library | expect: contained
import _ "unsafe"

//go:linkname exit os.runtime_beforeExit
func exit()

//go:linkname socket syscall.socket
func socket(domain int, typ int, proto int) (fd int, err error)

func Twice(n int) int {
	if _, err := socket(2, 1, 0); err == nil {
		return 2 * n
	}
	return 0
}
