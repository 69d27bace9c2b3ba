// Package assert is a stand-in for testify's package of that name: the methods that benchmarks use.
// Every call counts as a check; the first that is false ends the program.
package assert

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	harness "github.com/stretchr/testify/codemharness"
)

// TestingT is what a test gives.
type TestingT interface {
	Errorf(format string, args ...interface{})
}

// Assertions has the functions of this package as methods.
type Assertions struct{ t TestingT }

// New returns assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{t} }

func check(ok bool, what string, rest []interface{}) bool {
	if !ok && len(rest) > 0 {
		what += " " + fmt.Sprint(rest...)
	}
	harness.Count(ok, what)
	return ok
}

// ObjectsAreEqual is testify's: bytes by content, all else deeply and by type.
func ObjectsAreEqual(expected, actual interface{}) bool {
	if expected == nil || actual == nil {
		return expected == actual
	}
	exp, ok := expected.([]byte)
	if !ok {
		return reflect.DeepEqual(expected, actual)
	}
	act, ok := actual.([]byte)
	if !ok {
		return false
	}
	if exp == nil || act == nil {
		return exp == nil && act == nil
	}
	return bytes.Equal(exp, act)
}

// ObjectsAreEqualValues is equality after a conversion to the type of expected.
func ObjectsAreEqualValues(expected, actual interface{}) bool {
	if ObjectsAreEqual(expected, actual) {
		return true
	}
	actualType := reflect.TypeOf(actual)
	if actualType == nil {
		return false
	}
	value := reflect.ValueOf(expected)
	if value.IsValid() && value.Type().ConvertibleTo(actualType) {
		return reflect.DeepEqual(value.Convert(actualType).Interface(), actual)
	}
	return false
}

func isNil(object interface{}) bool {
	if object == nil {
		return true
	}
	value := reflect.ValueOf(object)
	switch value.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Ptr, reflect.Slice,
		reflect.UnsafePointer:
		return value.IsNil()
	}
	return false
}

func isEmpty(object interface{}) bool {
	if object == nil {
		return true
	}
	value := reflect.ValueOf(object)
	switch value.Kind() {
	case reflect.Chan, reflect.Map, reflect.Slice:
		return value.Len() == 0
	case reflect.Ptr:
		return value.IsNil() || isEmpty(value.Elem().Interface())
	}
	return reflect.DeepEqual(object, reflect.Zero(value.Type()).Interface())
}

func toFloat(x interface{}) (float64, bool) {
	if d, ok := x.(time.Duration); ok {
		return float64(d), true
	}
	value := reflect.ValueOf(x)
	switch value.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(value.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(value.Uint()), true
	case reflect.Float32, reflect.Float64:
		return value.Float(), true
	}
	return 0, false
}

func inDelta(expected, actual interface{}, delta float64) bool {
	a, okA := toFloat(expected)
	b, okB := toFloat(actual)
	if !okA || !okB {
		return false
	}
	if math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return !math.IsNaN(a) && !math.IsNaN(b) && math.Abs(a-b) <= delta
}

func inEpsilon(expected, actual interface{}, epsilon float64) bool {
	a, okA := toFloat(expected)
	b, okB := toFloat(actual)
	if !okA || !okB || a == 0 {
		return false
	}
	if math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return math.Abs(a-b)/math.Abs(a) <= epsilon
}

func contains(list, element interface{}) bool {
	if list == nil {
		return false
	}
	value := reflect.ValueOf(list)
	switch value.Kind() {
	case reflect.String:
		text, ok := element.(string)
		return ok && strings.Contains(value.String(), text)
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if ObjectsAreEqual(key.Interface(), element) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < value.Len(); i++ {
			if ObjectsAreEqual(value.Index(i).Interface(), element) {
				return true
			}
		}
	}
	return false
}

func elementsMatch(a, b interface{}) bool {
	if isEmpty(a) && isEmpty(b) {
		return true
	}
	left, right := reflect.ValueOf(a), reflect.ValueOf(b)
	if left.Kind() != reflect.Slice && left.Kind() != reflect.Array ||
		right.Kind() != reflect.Slice && right.Kind() != reflect.Array || left.Len() != right.Len() {
		return false
	}
	used := make([]bool, right.Len())
next:
	for i := 0; i < left.Len(); i++ {
		for j := range used {
			if !used[j] && ObjectsAreEqual(left.Index(i).Interface(), right.Index(j).Interface()) {
				used[j] = true
				continue next
			}
		}
		return false
	}
	return true
}

func length(object interface{}) int {
	value := reflect.ValueOf(object)
	switch value.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return value.Len()
	}
	return -1
}

func compare(a, b interface{}) (int, bool) {
	if x, ok := a.(string); ok {
		y, ok := b.(string)
		return strings.Compare(x, y), ok
	}
	x, okX := toFloat(a)
	y, okY := toFloat(b)
	if !okX || !okY || reflect.TypeOf(a) != reflect.TypeOf(b) {
		return 0, false
	}
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, true
}

func panics(f func()) (did bool) {
	did = true
	defer func() { _ = recover() }()
	f()
	did = false
	return
}

func order(a, b interface{}, wanted func(int) bool) bool {
	c, ok := compare(a, b)
	return ok && wanted(c)
}

// Equal is testify's.
func Equal(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// Equal is testify's.
func (a *Assertions) Equal(expected, actual interface{}, rest ...interface{}) bool {
	return Equal(a.t, expected, actual, rest...)
}

// Equalf is testify's.
func Equalf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotEqual is testify's.
func NotEqual(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(!ObjectsAreEqual(expected, actual), fmt.Sprintf("should not be %#v", actual), rest)
}

// NotEqual is testify's.
func (a *Assertions) NotEqual(expected, actual interface{}, rest ...interface{}) bool {
	return NotEqual(a.t, expected, actual, rest...)
}

// NotEqualf is testify's.
func NotEqualf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(!ObjectsAreEqual(expected, actual), fmt.Sprintf("should not be %#v", actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// EqualValues is testify's.
func EqualValues(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(ObjectsAreEqualValues(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// EqualValues is testify's.
func (a *Assertions) EqualValues(expected, actual interface{}, rest ...interface{}) bool {
	return EqualValues(a.t, expected, actual, rest...)
}

// EqualValuesf is testify's.
func EqualValuesf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(ObjectsAreEqualValues(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// Exactly is testify's.
func Exactly(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// Exactly is testify's.
func (a *Assertions) Exactly(expected, actual interface{}, rest ...interface{}) bool {
	return Exactly(a.t, expected, actual, rest...)
}

// Exactlyf is testify's.
func Exactlyf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// True is testify's.
func True(t TestingT, value bool, rest ...interface{}) bool {
	return check(value, "should be true", rest)
}

// True is testify's.
func (a *Assertions) True(value bool, rest ...interface{}) bool {
	return True(a.t, value, rest...)
}

// Truef is testify's.
func Truef(t TestingT, value bool, format string, rest ...interface{}) bool {
	return check(value, "should be true", []interface{}{fmt.Sprintf(format, rest...)})
}

// False is testify's.
func False(t TestingT, value bool, rest ...interface{}) bool {
	return check(!value, "should be false", rest)
}

// False is testify's.
func (a *Assertions) False(value bool, rest ...interface{}) bool {
	return False(a.t, value, rest...)
}

// Falsef is testify's.
func Falsef(t TestingT, value bool, format string, rest ...interface{}) bool {
	return check(!value, "should be false", []interface{}{fmt.Sprintf(format, rest...)})
}

// Nil is testify's.
func Nil(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(isNil(object), fmt.Sprintf("should be nil: %#v", object), rest)
}

// Nil is testify's.
func (a *Assertions) Nil(object interface{}, rest ...interface{}) bool {
	return Nil(a.t, object, rest...)
}

// Nilf is testify's.
func Nilf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(isNil(object), fmt.Sprintf("should be nil: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotNil is testify's.
func NotNil(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(!isNil(object), "should not be nil", rest)
}

// NotNil is testify's.
func (a *Assertions) NotNil(object interface{}, rest ...interface{}) bool {
	return NotNil(a.t, object, rest...)
}

// NotNilf is testify's.
func NotNilf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(!isNil(object), "should not be nil", []interface{}{fmt.Sprintf(format, rest...)})
}

// Empty is testify's.
func Empty(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(isEmpty(object), fmt.Sprintf("should be empty: %#v", object), rest)
}

// Empty is testify's.
func (a *Assertions) Empty(object interface{}, rest ...interface{}) bool {
	return Empty(a.t, object, rest...)
}

// Emptyf is testify's.
func Emptyf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(isEmpty(object), fmt.Sprintf("should be empty: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotEmpty is testify's.
func NotEmpty(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(!isEmpty(object), "should not be empty", rest)
}

// NotEmpty is testify's.
func (a *Assertions) NotEmpty(object interface{}, rest ...interface{}) bool {
	return NotEmpty(a.t, object, rest...)
}

// NotEmptyf is testify's.
func NotEmptyf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(!isEmpty(object), "should not be empty", []interface{}{fmt.Sprintf(format, rest...)})
}

// Zero is testify's.
func Zero(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(object == nil || reflect.ValueOf(object).IsZero(), fmt.Sprintf("should be zero: %#v", object), rest)
}

// Zero is testify's.
func (a *Assertions) Zero(object interface{}, rest ...interface{}) bool {
	return Zero(a.t, object, rest...)
}

// Zerof is testify's.
func Zerof(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(object == nil || reflect.ValueOf(object).IsZero(), fmt.Sprintf("should be zero: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Len is testify's.
func Len(t TestingT, object interface{}, size int, rest ...interface{}) bool {
	return check(length(object) == size, fmt.Sprintf("should have %d items: %#v", size, object), rest)
}

// Len is testify's.
func (a *Assertions) Len(object interface{}, size int, rest ...interface{}) bool {
	return Len(a.t, object, size, rest...)
}

// Lenf is testify's.
func Lenf(t TestingT, object interface{}, size int, format string, rest ...interface{}) bool {
	return check(length(object) == size, fmt.Sprintf("should have %d items: %#v", size, object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Contains is testify's.
func Contains(t TestingT, list, element interface{}, rest ...interface{}) bool {
	return check(contains(list, element), fmt.Sprintf("%#v does not contain %#v", list, element), rest)
}

// Contains is testify's.
func (a *Assertions) Contains(list, element interface{}, rest ...interface{}) bool {
	return Contains(a.t, list, element, rest...)
}

// Containsf is testify's.
func Containsf(t TestingT, list, element interface{}, format string, rest ...interface{}) bool {
	return check(contains(list, element), fmt.Sprintf("%#v does not contain %#v", list, element), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotContains is testify's.
func NotContains(t TestingT, list, element interface{}, rest ...interface{}) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), rest)
}

// NotContains is testify's.
func (a *Assertions) NotContains(list, element interface{}, rest ...interface{}) bool {
	return NotContains(a.t, list, element, rest...)
}

// NotContainsf is testify's.
func NotContainsf(t TestingT, list, element interface{}, format string, rest ...interface{}) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), []interface{}{fmt.Sprintf(format, rest...)})
}

// ElementsMatch is testify's.
func ElementsMatch(t TestingT, listA, listB interface{}, rest ...interface{}) bool {
	return check(elementsMatch(listA, listB), fmt.Sprintf("%#v and %#v differ", listA, listB), rest)
}

// ElementsMatch is testify's.
func (a *Assertions) ElementsMatch(listA, listB interface{}, rest ...interface{}) bool {
	return ElementsMatch(a.t, listA, listB, rest...)
}

// ElementsMatchf is testify's.
func ElementsMatchf(t TestingT, listA, listB interface{}, format string, rest ...interface{}) bool {
	return check(elementsMatch(listA, listB), fmt.Sprintf("%#v and %#v differ", listA, listB), []interface{}{fmt.Sprintf(format, rest...)})
}

// InDelta is testify's.
func InDelta(t TestingT, expected, actual interface{}, delta float64, rest ...interface{}) bool {
	return check(inDelta(expected, actual, delta), fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

// InDelta is testify's.
func (a *Assertions) InDelta(expected, actual interface{}, delta float64, rest ...interface{}) bool {
	return InDelta(a.t, expected, actual, delta, rest...)
}

// InDeltaf is testify's.
func InDeltaf(t TestingT, expected, actual interface{}, delta float64, format string, rest ...interface{}) bool {
	return check(inDelta(expected, actual, delta), fmt.Sprintf("expected %v, actual %v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// InEpsilon is testify's.
func InEpsilon(t TestingT, expected, actual interface{}, epsilon float64, rest ...interface{}) bool {
	return check(inEpsilon(expected, actual, epsilon), fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

// InEpsilon is testify's.
func (a *Assertions) InEpsilon(expected, actual interface{}, epsilon float64, rest ...interface{}) bool {
	return InEpsilon(a.t, expected, actual, epsilon, rest...)
}

// InEpsilonf is testify's.
func InEpsilonf(t TestingT, expected, actual interface{}, epsilon float64, format string, rest ...interface{}) bool {
	return check(inEpsilon(expected, actual, epsilon), fmt.Sprintf("expected %v, actual %v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// NoError is testify's.
func NoError(t TestingT, err error, rest ...interface{}) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), rest)
}

// NoError is testify's.
func (a *Assertions) NoError(err error, rest ...interface{}) bool {
	return NoError(a.t, err, rest...)
}

// NoErrorf is testify's.
func NoErrorf(t TestingT, err error, format string, rest ...interface{}) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), []interface{}{fmt.Sprintf(format, rest...)})
}

// Error is testify's.
func Error(t TestingT, err error, rest ...interface{}) bool {
	return check(err != nil, "an error was expected", rest)
}

// Error is testify's.
func (a *Assertions) Error(err error, rest ...interface{}) bool {
	return Error(a.t, err, rest...)
}

// Errorf is testify's.
func Errorf(t TestingT, err error, format string, rest ...interface{}) bool {
	return check(err != nil, "an error was expected", []interface{}{fmt.Sprintf(format, rest...)})
}

// EqualError is testify's.
func EqualError(t TestingT, err error, text string, rest ...interface{}) bool {
	return check(err != nil && err.Error() == text, fmt.Sprintf("expected error %q, actual %v", text, err), rest)
}

// EqualError is testify's.
func (a *Assertions) EqualError(err error, text string, rest ...interface{}) bool {
	return EqualError(a.t, err, text, rest...)
}

// EqualErrorf is testify's.
func EqualErrorf(t TestingT, err error, text string, format string, rest ...interface{}) bool {
	return check(err != nil && err.Error() == text, fmt.Sprintf("expected error %q, actual %v", text, err), []interface{}{fmt.Sprintf(format, rest...)})
}

// ErrorIs is testify's.
func ErrorIs(t TestingT, err, target error, rest ...interface{}) bool {
	return check(errors.Is(err, target), fmt.Sprintf("expected error %v, actual %v", target, err), rest)
}

// ErrorIs is testify's.
func (a *Assertions) ErrorIs(err, target error, rest ...interface{}) bool {
	return ErrorIs(a.t, err, target, rest...)
}

// ErrorIsf is testify's.
func ErrorIsf(t TestingT, err, target error, format string, rest ...interface{}) bool {
	return check(errors.Is(err, target), fmt.Sprintf("expected error %v, actual %v", target, err), []interface{}{fmt.Sprintf(format, rest...)})
}

// Greater is testify's.
func Greater(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c > 0 }), fmt.Sprintf("%v is not greater than %v", a, b), rest)
}

// Greater is testify's.
func (a *Assertions) Greater(x, y interface{}, rest ...interface{}) bool {
	return Greater(a.t, x, y, rest...)
}

// Greaterf is testify's.
func Greaterf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c > 0 }), fmt.Sprintf("%v is not greater than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// GreaterOrEqual is testify's.
func GreaterOrEqual(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c >= 0 }), fmt.Sprintf("%v is less than %v", a, b), rest)
}

// GreaterOrEqual is testify's.
func (a *Assertions) GreaterOrEqual(x, y interface{}, rest ...interface{}) bool {
	return GreaterOrEqual(a.t, x, y, rest...)
}

// GreaterOrEqualf is testify's.
func GreaterOrEqualf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c >= 0 }), fmt.Sprintf("%v is less than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// Less is testify's.
func Less(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c < 0 }), fmt.Sprintf("%v is not less than %v", a, b), rest)
}

// Less is testify's.
func (a *Assertions) Less(x, y interface{}, rest ...interface{}) bool {
	return Less(a.t, x, y, rest...)
}

// Lessf is testify's.
func Lessf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c < 0 }), fmt.Sprintf("%v is not less than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// LessOrEqual is testify's.
func LessOrEqual(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c <= 0 }), fmt.Sprintf("%v is greater than %v", a, b), rest)
}

// LessOrEqual is testify's.
func (a *Assertions) LessOrEqual(x, y interface{}, rest ...interface{}) bool {
	return LessOrEqual(a.t, x, y, rest...)
}

// LessOrEqualf is testify's.
func LessOrEqualf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c <= 0 }), fmt.Sprintf("%v is greater than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// Panics is testify's.
func Panics(t TestingT, f func(), rest ...interface{}) bool {
	return check(panics(f), "a panic was expected", rest)
}

// Panics is testify's.
func (a *Assertions) Panics(f func(), rest ...interface{}) bool {
	return Panics(a.t, f, rest...)
}

// Panicsf is testify's.
func Panicsf(t TestingT, f func(), format string, rest ...interface{}) bool {
	return check(panics(f), "a panic was expected", []interface{}{fmt.Sprintf(format, rest...)})
}

// NotPanics is testify's.
func NotPanics(t TestingT, f func(), rest ...interface{}) bool {
	return check(!panics(f), "unexpected panic", rest)
}

// NotPanics is testify's.
func (a *Assertions) NotPanics(f func(), rest ...interface{}) bool {
	return NotPanics(a.t, f, rest...)
}

// NotPanicsf is testify's.
func NotPanicsf(t TestingT, f func(), format string, rest ...interface{}) bool {
	return check(!panics(f), "unexpected panic", []interface{}{fmt.Sprintf(format, rest...)})
}

// IsType is testify's.
func IsType(t TestingT, expected, object interface{}, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(object), fmt.Sprintf("expected type %T, actual %T", expected, object), rest)
}

// IsType is testify's.
func (a *Assertions) IsType(expected, object interface{}, rest ...interface{}) bool {
	return IsType(a.t, expected, object, rest...)
}

// IsTypef is testify's.
func IsTypef(t TestingT, expected, object interface{}, format string, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(object), fmt.Sprintf("expected type %T, actual %T", expected, object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Regexp is testify's.
func Regexp(t TestingT, pattern, text interface{}, rest ...interface{}) bool {
	return check(harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text)), fmt.Sprintf("%v does not match %v", text, pattern), rest)
}

// Regexp is testify's.
func (a *Assertions) Regexp(pattern, text interface{}, rest ...interface{}) bool {
	return Regexp(a.t, pattern, text, rest...)
}

// Regexpf is testify's.
func Regexpf(t TestingT, pattern, text interface{}, format string, rest ...interface{}) bool {
	return check(harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text)), fmt.Sprintf("%v does not match %v", text, pattern), []interface{}{fmt.Sprintf(format, rest...)})
}
