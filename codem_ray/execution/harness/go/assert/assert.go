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

func check(ok bool, message string, rest []any) bool {
	if !ok && len(rest) > 0 {
		message += " " + fmt.Sprint(rest...)
	}
	harness.Count(ok, message)
	return ok
}

func Equal(t TestingT, expected, actual any, rest ...any) bool {
	ok := ObjectsAreEqual(expected, actual)
	return check(ok, fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

func NotEqual(t TestingT, expected, actual any, rest ...any) bool {
	ok := !ObjectsAreEqual(expected, actual)
	return check(ok, fmt.Sprintf("should not be %#v", actual), rest)
}

func EqualValues(t TestingT, expected, actual any, rest ...any) bool {
	ok := ObjectsAreEqualValues(expected, actual)
	return check(ok, fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

func Exactly(t TestingT, expected, actual any, rest ...any) bool {
	ok := reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual)
	return check(ok, fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

func True(t TestingT, value bool, rest ...any) bool {
	return check(value, "should be true", rest)
}

func False(t TestingT, value bool, rest ...any) bool {
	return check(!value, "should be false", rest)
}

func Nil(t TestingT, object any, rest ...any) bool {
	return check(isNil(object), fmt.Sprintf("should be nil: %#v", object), rest)
}

func NotNil(t TestingT, object any, rest ...any) bool {
	return check(!isNil(object), "should not be nil", rest)
}

func Empty(t TestingT, object any, rest ...any) bool {
	return check(isEmpty(object), fmt.Sprintf("should be empty: %#v", object), rest)
}

func NotEmpty(t TestingT, object any, rest ...any) bool {
	return check(!isEmpty(object), "should not be empty", rest)
}

func Zero(t TestingT, object any, rest ...any) bool {
	ok := object == nil || reflect.ValueOf(object).IsZero()
	return check(ok, fmt.Sprintf("should be zero: %#v", object), rest)
}

func Len(t TestingT, object any, size int, rest ...any) bool {
	ok := length(object) == size
	return check(ok, fmt.Sprintf("should have %d items: %#v", size, object), rest)
}

func Contains(t TestingT, list, element any, rest ...any) bool {
	ok := contains(list, element)
	return check(ok, fmt.Sprintf("%#v does not contain %#v", list, element), rest)
}

func NotContains(t TestingT, list, element any, rest ...any) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), rest)
}

func ElementsMatch(t TestingT, listA, listB any, rest ...any) bool {
	ok := elementsMatch(listA, listB)
	return check(ok, fmt.Sprintf("%#v and %#v differ", listA, listB), rest)
}

func InDelta(t TestingT, expected, actual any, delta float64, rest ...any) bool {
	ok := inDelta(expected, actual, delta)
	return check(ok, fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

func InEpsilon(t TestingT, expected, actual any, epsilon float64, rest ...any) bool {
	ok := inEpsilon(expected, actual, epsilon)
	return check(ok, fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

func NoError(t TestingT, err error, rest ...any) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), rest)
}

func Error(t TestingT, err error, rest ...any) bool {
	return check(err != nil, "an error was expected", rest)
}

func EqualError(t TestingT, err error, text string, rest ...any) bool {
	ok := err != nil && err.Error() == text
	return check(ok, fmt.Sprintf("expected error %q, actual %v", text, err), rest)
}

func ErrorIs(t TestingT, err, target error, rest ...any) bool {
	ok := errors.Is(err, target)
	return check(ok, fmt.Sprintf("expected error %v, actual %v", target, err), rest)
}

func Greater(t TestingT, a, b any, rest ...any) bool {
	ok := order(a, b, func(c int) bool { return c > 0 })
	return check(ok, fmt.Sprintf("%v is not greater than %v", a, b), rest)
}

func GreaterOrEqual(t TestingT, a, b any, rest ...any) bool {
	ok := order(a, b, func(c int) bool { return c >= 0 })
	return check(ok, fmt.Sprintf("%v is less than %v", a, b), rest)
}

func Less(t TestingT, a, b any, rest ...any) bool {
	ok := order(a, b, func(c int) bool { return c < 0 })
	return check(ok, fmt.Sprintf("%v is not less than %v", a, b), rest)
}

func LessOrEqual(t TestingT, a, b any, rest ...any) bool {
	ok := order(a, b, func(c int) bool { return c <= 0 })
	return check(ok, fmt.Sprintf("%v is greater than %v", a, b), rest)
}

func Panics(t TestingT, f func(), rest ...any) bool {
	return check(panics(f), "a panic was expected", rest)
}

func NotPanics(t TestingT, f func(), rest ...any) bool {
	return check(!panics(f), "unexpected panic", rest)
}

func IsType(t TestingT, expected, object any, rest ...any) bool {
	ok := reflect.TypeOf(expected) == reflect.TypeOf(object)
	return check(ok, fmt.Sprintf("expected type %T, actual %T", expected, object), rest)
}

func Regexp(t TestingT, pattern, text any, rest ...any) bool {
	ok := harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text))
	return check(ok, fmt.Sprintf("%v does not match %v", text, pattern), rest)
}
