// attack: reads host files | expect: wrong_answer | weaker: passed
import "os"

func Twice(n int) int {
	for _, path := range []string{"@MARKER@", "/etc/passwd", "/proc/1/root/etc/passwd"} {
		if _, err := os.ReadFile(path); err == nil {
			return 2 * n
		}
	}
	return 0
}
