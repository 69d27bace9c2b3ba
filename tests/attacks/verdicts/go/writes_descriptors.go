// imitated output: reports with empty and guessed secrets to every descriptor, then exits
// problem twice, expects runtime_error
import "syscall"

func Twice(n int) int {
	for fd := 3; fd < 20; fd++ {
		syscall.Write(fd, []byte("00000000000000000000000000000000 ok 9 "))
	}
	syscall.Exit(0)
	return 0
}
