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
	message := fmt.Sprintf("expected %#v, actual %#v", expected, actual)
	return check(ObjectsAreEqual(expected, actual), message, rest)
}

func NotEqual(t TestingT, expected, actual any, rest ...any) bool {
	message := fmt.Sprintf("should not be %#v", actual)
	return check(!ObjectsAreEqual(expected, actual), message, rest)
}

func EqualValues(t TestingT, expected, actual any, rest ...any) bool {
	message := fmt.Sprintf("expected %#v, actual %#v", expected, actual)
	return check(ObjectsAreEqualValues(expected, actual), message, rest)
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
	message := fmt.Sprintf("should be zero: %#v", object)
	return check(object == nil || reflect.ValueOf(object).IsZero(), message, rest)
}

func Len(t TestingT, object any, size int, rest ...any) bool {
	message := fmt.Sprintf("should have %d items: %#v", size, object)
	return check(length(object) == size, message, rest)
}

func Contains(t TestingT, list, element any, rest ...any) bool {
	message := fmt.Sprintf("%#v does not contain %#v", list, element)
	return check(contains(list, element), message, rest)
}

func NotContains(t TestingT, list, element any, rest ...any) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), rest)
}

func ElementsMatch(t TestingT, listA, listB any, rest ...any) bool {
	message := fmt.Sprintf("%#v and %#v differ", listA, listB)
	return check(elementsMatch(listA, listB), message, rest)
}

func InDelta(t TestingT, expected, actual any, delta float64, rest ...any) bool {
	message := fmt.Sprintf("expected %v, actual %v", expected, actual)
	return check(inDelta(expected, actual, delta), message, rest)
}

func InEpsilon(t TestingT, expected, actual any, epsilon float64, rest ...any) bool {
	message := fmt.Sprintf("expected %v, actual %v", expected, actual)
	return check(inEpsilon(expected, actual, epsilon), message, rest)
}

func NoError(t TestingT, err error, rest ...any) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), rest)
}

func Error(t TestingT, err error, rest ...any) bool {
	return check(err != nil, "an error was expected", rest)
}

func EqualError(t TestingT, err error, text string, rest ...any) bool {
	message := fmt.Sprintf("expected error %q, actual %v", text, err)
	return check(err != nil && err.Error() == text, message, rest)
}

func ErrorIs(t TestingT, err, target error, rest ...any) bool {
	message := fmt.Sprintf("expected error %v, actual %v", target, err)
	return check(errors.Is(err, target), message, rest)
}

func Greater(t TestingT, a, b any, rest ...any) bool {
	message := fmt.Sprintf("%v is not greater than %v", a, b)
	return check(order(a, b, func(c int) bool { return c > 0 }), message, rest)
}

func GreaterOrEqual(t TestingT, a, b any, rest ...any) bool {
	message := fmt.Sprintf("%v is less than %v", a, b)
	return check(order(a, b, func(c int) bool { return c >= 0 }), message, rest)
}

func Less(t TestingT, a, b any, rest ...any) bool {
	message := fmt.Sprintf("%v is not less than %v", a, b)
	return check(order(a, b, func(c int) bool { return c < 0 }), message, rest)
}

func LessOrEqual(t TestingT, a, b any, rest ...any) bool {
	message := fmt.Sprintf("%v is greater than %v", a, b)
	return check(order(a, b, func(c int) bool { return c <= 0 }), message, rest)
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
