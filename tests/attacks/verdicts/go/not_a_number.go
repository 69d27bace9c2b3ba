// comparison operator: not-a-number where the tests look at a difference
// problem half, expects wrong_answer
import "math"

func Half(n int) float64 { return math.NaN() }
