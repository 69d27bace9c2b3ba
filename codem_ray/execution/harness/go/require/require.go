// Package require replaces testify's package of that name. Its functions are those of package assert,
// which already ends the program at the first check that fails.
package require

import "github.com/stretchr/testify/assert"

// TestingT is the part of testing.T that checks need.
type TestingT interface {
	Errorf(format string, args ...any)
	FailNow()
}

// Assertions has the checks as methods.
type Assertions struct{ *assert.Assertions }

// New returns Assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{assert.New(t)} }

func Equal(t TestingT, expected, actual any, rest ...any) {
	assert.Equal(t, expected, actual, rest...)
}

func NotEqual(t TestingT, expected, actual any, rest ...any) {
	assert.NotEqual(t, expected, actual, rest...)
}

func EqualValues(t TestingT, expected, actual any, rest ...any) {
	assert.EqualValues(t, expected, actual, rest...)
}

func Exactly(t TestingT, expected, actual any, rest ...any) {
	assert.Exactly(t, expected, actual, rest...)
}

func True(t TestingT, value bool, rest ...any) { assert.True(t, value, rest...) }

func False(t TestingT, value bool, rest ...any) { assert.False(t, value, rest...) }

func Nil(t TestingT, object any, rest ...any) { assert.Nil(t, object, rest...) }

func NotNil(t TestingT, object any, rest ...any) { assert.NotNil(t, object, rest...) }

func Empty(t TestingT, object any, rest ...any) { assert.Empty(t, object, rest...) }

func NotEmpty(t TestingT, object any, rest ...any) {
	assert.NotEmpty(t, object, rest...)
}

func Zero(t TestingT, object any, rest ...any) { assert.Zero(t, object, rest...) }

func Len(t TestingT, object any, size int, rest ...any) {
	assert.Len(t, object, size, rest...)
}

func Contains(t TestingT, list, element any, rest ...any) {
	assert.Contains(t, list, element, rest...)
}

func NotContains(t TestingT, list, element any, rest ...any) {
	assert.NotContains(t, list, element, rest...)
}

func ElementsMatch(t TestingT, listA, listB any, rest ...any) {
	assert.ElementsMatch(t, listA, listB, rest...)
}

func InDelta(t TestingT, expected, actual any, delta float64, rest ...any) {
	assert.InDelta(t, expected, actual, delta, rest...)
}

func InEpsilon(t TestingT, expected, actual any, epsilon float64, rest ...any) {
	assert.InEpsilon(t, expected, actual, epsilon, rest...)
}

func NoError(t TestingT, err error, rest ...any) { assert.NoError(t, err, rest...) }

func Error(t TestingT, err error, rest ...any) { assert.Error(t, err, rest...) }

func EqualError(t TestingT, err error, text string, rest ...any) {
	assert.EqualError(t, err, text, rest...)
}

func ErrorIs(t TestingT, err, target error, rest ...any) {
	assert.ErrorIs(t, err, target, rest...)
}

func Greater(t TestingT, a, b any, rest ...any) { assert.Greater(t, a, b, rest...) }

func GreaterOrEqual(t TestingT, a, b any, rest ...any) {
	assert.GreaterOrEqual(t, a, b, rest...)
}

func Less(t TestingT, a, b any, rest ...any) { assert.Less(t, a, b, rest...) }

func LessOrEqual(t TestingT, a, b any, rest ...any) {
	assert.LessOrEqual(t, a, b, rest...)
}

func Panics(t TestingT, f func(), rest ...any) { assert.Panics(t, f, rest...) }

func NotPanics(t TestingT, f func(), rest ...any) { assert.NotPanics(t, f, rest...) }

func IsType(t TestingT, expected, object any, rest ...any) {
	assert.IsType(t, expected, object, rest...)
}

func Regexp(t TestingT, pattern, text any, rest ...any) {
	assert.Regexp(t, pattern, text, rest...)
}
