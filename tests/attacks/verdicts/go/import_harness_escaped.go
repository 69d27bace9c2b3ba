// redefined harness: imports the harness by a path with an escape
// problem twice, expects compile_error
import harness "github.com/stretchr/testify/\x63odemharness"

func init() { harness.Count(true, ""); harness.Run(nil) }
func Twice(n int) int { return 0 }
