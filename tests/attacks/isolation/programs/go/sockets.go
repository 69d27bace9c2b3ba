// attack: opens sockets | expect: wrong_answer | weaker: passed
import (
	"net"
	"syscall"
)

func Twice(n int) int {
	if one, err := net.Dial("tcp", "127.0.0.1:@PORT@"); err == nil {
		one.Close()
		return 2 * n
	}
	for _, family := range []int{syscall.AF_INET, syscall.AF_UNIX, syscall.AF_NETLINK} {
		if _, err := syscall.Socket(family, syscall.SOCK_DGRAM, 0); err == nil {
			return 2 * n
		}
	}
	return 0
}
