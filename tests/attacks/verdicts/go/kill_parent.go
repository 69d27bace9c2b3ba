// kills its parent or peer: kill(1), the parent and all
// problem twice, expects wrong_answer
import (
	"os"
	"syscall"
)

func Twice(n int) int {
	for _, pid := range []int{1, os.Getppid(), -1} {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	return 0
}
