// Package require is a stand-in for testify's package of that name.
package require

import "github.com/stretchr/testify/assert"

// TestingT is the part of testing.T that checks need.
type TestingT interface {
	Errorf(format string, args ...interface{})
	FailNow()
}

// Assertions has the functions of this package as methods: the first false check ends the program
// in both packages.
type Assertions struct{ *assert.Assertions }

// New returns Assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{assert.New(t)} }

// Equal behaves as in testify.
func Equal(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.Equal(t, expected, actual, rest...)
}

// NotEqual behaves as in testify.
func NotEqual(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.NotEqual(t, expected, actual, rest...)
}

// EqualValues behaves as in testify.
func EqualValues(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.EqualValues(t, expected, actual, rest...)
}

// Exactly behaves as in testify.
func Exactly(t TestingT, expected, actual interface{}, rest ...interface{}) {
	assert.Exactly(t, expected, actual, rest...)
}

// True behaves as in testify.
func True(t TestingT, value bool, rest ...interface{}) { assert.True(t, value, rest...) }

// False behaves as in testify.
func False(t TestingT, value bool, rest ...interface{}) { assert.False(t, value, rest...) }

// Nil behaves as in testify.
func Nil(t TestingT, object interface{}, rest ...interface{}) { assert.Nil(t, object, rest...) }

// NotNil behaves as in testify.
func NotNil(t TestingT, object interface{}, rest ...interface{}) { assert.NotNil(t, object, rest...) }

// Empty behaves as in testify.
func Empty(t TestingT, object interface{}, rest ...interface{}) { assert.Empty(t, object, rest...) }

// NotEmpty behaves as in testify.
func NotEmpty(t TestingT, object interface{}, rest ...interface{}) {
	assert.NotEmpty(t, object, rest...)
}

// Zero behaves as in testify.
func Zero(t TestingT, object interface{}, rest ...interface{}) { assert.Zero(t, object, rest...) }

// Len behaves as in testify.
func Len(t TestingT, object interface{}, size int, rest ...interface{}) {
	assert.Len(t, object, size, rest...)
}

// Contains behaves as in testify.
func Contains(t TestingT, list, element interface{}, rest ...interface{}) {
	assert.Contains(t, list, element, rest...)
}

// NotContains behaves as in testify.
func NotContains(t TestingT, list, element interface{}, rest ...interface{}) {
	assert.NotContains(t, list, element, rest...)
}

// ElementsMatch behaves as in testify.
func ElementsMatch(t TestingT, listA, listB interface{}, rest ...interface{}) {
	assert.ElementsMatch(t, listA, listB, rest...)
}

// InDelta behaves as in testify.
func InDelta(t TestingT, expected, actual interface{}, delta float64, rest ...interface{}) {
	assert.InDelta(t, expected, actual, delta, rest...)
}

// InEpsilon behaves as in testify.
func InEpsilon(t TestingT, expected, actual interface{}, epsilon float64, rest ...interface{}) {
	assert.InEpsilon(t, expected, actual, epsilon, rest...)
}

// NoError behaves as in testify.
func NoError(t TestingT, err error, rest ...interface{}) { assert.NoError(t, err, rest...) }

// Error behaves as in testify.
func Error(t TestingT, err error, rest ...interface{}) { assert.Error(t, err, rest...) }

// EqualError behaves as in testify.
func EqualError(t TestingT, err error, text string, rest ...interface{}) {
	assert.EqualError(t, err, text, rest...)
}

// ErrorIs behaves as in testify.
func ErrorIs(t TestingT, err, target error, rest ...interface{}) {
	assert.ErrorIs(t, err, target, rest...)
}

// Greater behaves as in testify.
func Greater(t TestingT, a, b interface{}, rest ...interface{}) { assert.Greater(t, a, b, rest...) }

// GreaterOrEqual behaves as in testify.
func GreaterOrEqual(t TestingT, a, b interface{}, rest ...interface{}) {
	assert.GreaterOrEqual(t, a, b, rest...)
}

// Less behaves as in testify.
func Less(t TestingT, a, b interface{}, rest ...interface{}) { assert.Less(t, a, b, rest...) }

// LessOrEqual behaves as in testify.
func LessOrEqual(t TestingT, a, b interface{}, rest ...interface{}) {
	assert.LessOrEqual(t, a, b, rest...)
}

// Panics behaves as in testify.
func Panics(t TestingT, f func(), rest ...interface{}) { assert.Panics(t, f, rest...) }

// NotPanics behaves as in testify.
func NotPanics(t TestingT, f func(), rest ...interface{}) { assert.NotPanics(t, f, rest...) }

// IsType behaves as in testify.
func IsType(t TestingT, expected, object interface{}, rest ...interface{}) {
	assert.IsType(t, expected, object, rest...)
}

// Regexp behaves as in testify.
func Regexp(t TestingT, pattern, text interface{}, rest ...interface{}) {
	assert.Regexp(t, pattern, text, rest...)
}
