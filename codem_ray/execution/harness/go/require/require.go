// Package require is a stand-in for testify's package of that name.
package require

import "github.com/stretchr/testify/assert"

// TestingT is what a test gives.
type TestingT interface {
	Errorf(format string, args ...interface{})
	FailNow()
}

// Assertions has the functions of this package as methods: the first false check ends the program
// in both packages.
type Assertions struct{ *assert.Assertions }

// New returns assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{assert.New(t)} }

// Equal is testify's.
func Equal(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.Equal(t, expected, actual, rest...)
}

// NotEqual is testify's.
func NotEqual(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.NotEqual(t, expected, actual, rest...)
}

// EqualValues is testify's.
func EqualValues(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.EqualValues(t, expected, actual, rest...)
}

// Exactly is testify's.
func Exactly(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.Exactly(t, expected, actual, rest...)
}

// True is testify's.
func True(t TestingT, value bool, rest ...interface{}) { assert.True(t, value, rest...) }

// False is testify's.
func False(t TestingT, value bool, rest ...interface{}) { assert.False(t, value, rest...) }

// Nil is testify's.
func Nil(t TestingT, object interface{}, rest ...interface{}) { assert.Nil(t, object, rest...) }

// NotNil is testify's.
func NotNil(t TestingT, object interface{}, rest ...interface{}) { assert.NotNil(t, object, rest...) }

// Empty is testify's.
func Empty(t TestingT, object interface{}, rest ...interface{}) { assert.Empty(t, object, rest...) }

// NotEmpty is testify's.
func NotEmpty(t TestingT, object interface{}, rest ...interface{}) {
	assert.NotEmpty(t, object, rest...)
}

// Zero is testify's.
func Zero(t TestingT, object interface{}, rest ...interface{}) { assert.Zero(t, object, rest...) }

// Len is testify's.
func Len(t TestingT, object interface{}, size int, rest ...interface{}) {
	assert.Len(t, object, size, rest...)
}

// Contains is testify's.
func Contains(t TestingT, list, element interface{}, rest ...interface{}) {
	assert.Contains(t, list, element, rest...)
}

// NotContains is testify's.
func NotContains(t TestingT, list, element interface{}, rest ...interface{}) {
	assert.NotContains(t, list, element, rest...)
}

// ElementsMatch is testify's.
func ElementsMatch(t TestingT, listA, listB interface{}, rest ...interface{}) {
	assert.ElementsMatch(t, listA, listB, rest...)
}

// InDelta is testify's.
func InDelta(t TestingT, expected, actual interface{}, delta float64, rest ...interface{}) {
	assert.InDelta(t, expected, actual, delta, rest...)
}

// InEpsilon is testify's.
func InEpsilon(t TestingT, expected, actual interface{}, epsilon float64, rest ...interface{}) {
	assert.InEpsilon(t, expected, actual, epsilon, rest...)
}

// NoError is testify's.
func NoError(t TestingT, err error, rest ...interface{}) { assert.NoError(t, err, rest...) }

// Error is testify's.
func Error(t TestingT, err error, rest ...interface{}) { assert.Error(t, err, rest...) }

// EqualError is testify's.
func EqualError(t TestingT, err error, text string, rest ...interface{}) {
	assert.EqualError(t, err, text, rest...)
}

// ErrorIs is testify's.
func ErrorIs(t TestingT, err, target error, rest ...interface{}) {
	assert.ErrorIs(t, err, target, rest...)
}

// Greater is testify's.
func Greater(t TestingT, a, b interface{}, rest ...interface{}) { assert.Greater(t, a, b, rest...) }

// GreaterOrEqual is testify's.
func GreaterOrEqual(t TestingT, a, b interface{}, rest ...interface{}) {
	assert.GreaterOrEqual(t, a, b, rest...)
}

// Less is testify's.
func Less(t TestingT, a, b interface{}, rest ...interface{}) { assert.Less(t, a, b, rest...) }

// LessOrEqual is testify's.
func LessOrEqual(t TestingT, a, b interface{}, rest ...interface{}) {
	assert.LessOrEqual(t, a, b, rest...)
}

// Panics is testify's.
func Panics(t TestingT, f func(), rest ...interface{}) { assert.Panics(t, f, rest...) }

// NotPanics is testify's.
func NotPanics(t TestingT, f func(), rest ...interface{}) { assert.NotPanics(t, f, rest...) }

// IsType is testify's.
func IsType(t TestingT, expected, object interface{}, rest ...interface{}) {
	assert.IsType(t, expected, object, rest...)
}

// Regexp is testify's.
func Regexp(t TestingT, pattern, text interface{}, rest ...interface{}) {
	assert.Regexp(t, pattern, text, rest...)
}
