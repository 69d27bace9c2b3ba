// early exit: calls exit_group directly
// problem twice, expects runtime_error
import "syscall"

func Twice(n int) int { syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0); return 0 }
