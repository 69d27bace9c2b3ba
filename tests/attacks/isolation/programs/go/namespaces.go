// attack: clone with namespaces | expect: wrong_answer
import (
	"os/exec"
	"syscall"
)

func Twice(n int) int {
	command := exec.Command("/bin/true")
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}},
	}
	if command.Run() == nil {
		return 2 * n
	}
	if syscall.Unshare(syscall.CLONE_NEWUSER) == nil || syscall.Chroot("/tmp") == nil {
		return 2 * n
	}
	return 0
}
