// Package assert replaces testify's package of that name, with the functions that benchmarks use.
// They accept the same arguments as testify's. Every call counts as a check, and the first check that
// fails ends the program.
//
// Each check has three forms: a function (this file), a method of Assertions (methods.go) and a
// function with a formatted message (formatted.go).
package assert

import (
	"errors"
	"fmt"
	"reflect"

	harness "github.com/stretchr/testify/codemharness"
)

// TestingT is the part of testing.T that checks need.
type TestingT interface {
	Errorf(format string, args ...any)
}

func check(ok bool, rest []any, format string, args ...any) bool {
	message := fmt.Sprintf(format, args...)
	if !ok && len(rest) > 0 {
		message += " " + fmt.Sprint(rest...)
	}
	harness.Count(ok, message)
	return ok
}

func Equal(t TestingT, expected, actual any, rest ...any) bool {
	return check(ObjectsAreEqual(expected, actual), rest, "expected %#v, actual %#v", expected, actual)
}

func NotEqual(t TestingT, expected, actual any, rest ...any) bool {
	return check(!ObjectsAreEqual(expected, actual), rest, "should not be %#v", actual)
}

func EqualValues(t TestingT, expected, actual any, rest ...any) bool {
	return check(ObjectsAreEqualValues(expected, actual), rest, "expected %#v, actual %#v", expected, actual)
}

func Exactly(t TestingT, expected, actual any, rest ...any) bool {
	ok := reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual)
	return check(ok, rest, "expected %#v, actual %#v", expected, actual)
}

func True(t TestingT, value bool, rest ...any) bool {
	return check(value, rest, "should be true")
}

func False(t TestingT, value bool, rest ...any) bool {
	return check(!value, rest, "should be false")
}

func Nil(t TestingT, object any, rest ...any) bool {
	return check(isNil(object), rest, "should be nil: %#v", object)
}

func NotNil(t TestingT, object any, rest ...any) bool {
	return check(!isNil(object), rest, "should not be nil")
}

func Empty(t TestingT, object any, rest ...any) bool {
	return check(isEmpty(object), rest, "should be empty: %#v", object)
}

func NotEmpty(t TestingT, object any, rest ...any) bool {
	return check(!isEmpty(object), rest, "should not be empty")
}

func Zero(t TestingT, object any, rest ...any) bool {
	return check(object == nil || reflect.ValueOf(object).IsZero(), rest, "should be zero: %#v", object)
}

func Len(t TestingT, object any, size int, rest ...any) bool {
	return check(length(object) == size, rest, "should have %d items: %#v", size, object)
}

func Contains(t TestingT, list, element any, rest ...any) bool {
	return check(contains(list, element), rest, "%#v does not contain %#v", list, element)
}

func NotContains(t TestingT, list, element any, rest ...any) bool {
	return check(!contains(list, element), rest, "%#v contains %#v", list, element)
}

func ElementsMatch(t TestingT, listA, listB any, rest ...any) bool {
	return check(elementsMatch(listA, listB), rest, "%#v and %#v differ", listA, listB)
}

func InDelta(t TestingT, expected, actual any, delta float64, rest ...any) bool {
	return check(inDelta(expected, actual, delta), rest, "expected %v, actual %v", expected, actual)
}

func InEpsilon(t TestingT, expected, actual any, epsilon float64, rest ...any) bool {
	return check(inEpsilon(expected, actual, epsilon), rest, "expected %v, actual %v", expected, actual)
}

func NoError(t TestingT, err error, rest ...any) bool {
	return check(err == nil, rest, "unexpected error: %v", err)
}

func Error(t TestingT, err error, rest ...any) bool {
	return check(err != nil, rest, "an error was expected")
}

func EqualError(t TestingT, err error, text string, rest ...any) bool {
	return check(err != nil && err.Error() == text, rest, "expected error %q, actual %v", text, err)
}

func ErrorIs(t TestingT, err, target error, rest ...any) bool {
	return check(errors.Is(err, target), rest, "expected error %v, actual %v", target, err)
}

func Greater(t TestingT, a, b any, rest ...any) bool {
	return check(order(a, b, func(c int) bool { return c > 0 }), rest, "%v is not greater than %v", a, b)
}

func GreaterOrEqual(t TestingT, a, b any, rest ...any) bool {
	return check(order(a, b, func(c int) bool { return c >= 0 }), rest, "%v is less than %v", a, b)
}

func Less(t TestingT, a, b any, rest ...any) bool {
	return check(order(a, b, func(c int) bool { return c < 0 }), rest, "%v is not less than %v", a, b)
}

func LessOrEqual(t TestingT, a, b any, rest ...any) bool {
	return check(order(a, b, func(c int) bool { return c <= 0 }), rest, "%v is greater than %v", a, b)
}

func Panics(t TestingT, f func(), rest ...any) bool {
	return check(panics(f), rest, "a panic was expected")
}

func NotPanics(t TestingT, f func(), rest ...any) bool {
	return check(!panics(f), rest, "unexpected panic")
}

func IsType(t TestingT, expected, object any, rest ...any) bool {
	ok := reflect.TypeOf(expected) == reflect.TypeOf(object)
	return check(ok, rest, "expected type %T, actual %T", expected, object)
}

func Regexp(t TestingT, pattern, text any, rest ...any) bool {
	ok := harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text))
	return check(ok, rest, "%v does not match %v", text, pattern)
}
