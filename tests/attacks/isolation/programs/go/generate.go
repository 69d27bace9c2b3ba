// attack: commands of the compiler | expect: wrong_answer
import "os"

//go:generate touch /tmp/generated
//go:generate sh -c "touch /work/generated"
func Twice(n int) int {
	for _, path := range []string{"/tmp/generated", "/work/generated"} {
		if _, err := os.Stat(path); err == nil {
			return 2 * n
		}
	}
	return 0
}
