// exec of another program: becomes /bin/true
// problem twice, expects runtime_error
import "syscall"

func Twice(n int) int { syscall.Exec("/bin/true", []string{"true"}, nil); return 0 }
