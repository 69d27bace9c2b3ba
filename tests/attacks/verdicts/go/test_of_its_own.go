// redefined main: another test, which might run in place of the problem's
// problem twice, expects wrong_answer
import "testing"

func TestAlwaysPasses(t *testing.T) {}
func Twice(n int) int { return 0 }
