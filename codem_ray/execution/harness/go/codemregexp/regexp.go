// Package codemregexp provides regular expressions to the checks of package assert.
package codemregexp

import (
	"regexp"

	harness "github.com/stretchr/testify/codemharness"
)

func init() {
	harness.Matches = func(pattern, text string) bool {
		return regexp.MustCompile(pattern).MatchString(text)
	}
}
