// redefined harness: the same behind a comment and in a group
// problem twice, expects compile_error
import (
	/* " */ harness "github.com/stretchr/testify/code\155harness" /* " */
)

func init() { harness.Count(true, ""); harness.Run(nil) }
func Twice(n int) int { return 0 }
