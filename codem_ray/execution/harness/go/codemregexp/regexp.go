// Package codemregexp is imported where tests check by a regular expression.
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
