// comparison operator: NaN where the tests compare a difference
// problem half, expects wrong_answer
import "math"

func Half(n int) float64 { return math.NaN() }
