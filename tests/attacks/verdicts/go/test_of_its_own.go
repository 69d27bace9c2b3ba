// redefined main: a test of its own that the run might take for the only one
// problem twice, expects wrong_answer
import "testing"

func TestAlwaysPasses(t *testing.T) {}
func Twice(n int) int { return 0 }
