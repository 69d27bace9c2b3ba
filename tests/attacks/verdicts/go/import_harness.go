// redefined harness: imports the harness and reports for itself
// problem twice, expects compile_error
import harness "github.com/stretchr/testify/codemharness"

func init() { harness.Count(true, ""); harness.Run(nil) }
func Twice(n int) int { return 0 }
