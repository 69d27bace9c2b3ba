// redefined harness: imports the harness in a group, with quotes in comments
// problem twice, expects compile_error
import (
	/* " */ harness "github.com/stretchr/testify/code\155harness" /* " */
)

func init() { harness.Count(true, ""); harness.Run(nil) }
func Twice(n int) int { return 0 }
