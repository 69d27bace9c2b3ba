// Package assert replaces testify's package of that name, with the functions that benchmarks use.
// Every call counts as a check, and the first that fails ends the program.
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

// TestingT is the part of testing.T that checks need.
type TestingT interface {
	Errorf(format string, args ...interface{})
}

// Assertions provides the functions of this package as methods.
type Assertions struct{ t TestingT }

// New returns Assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{t} }

func check(ok bool, what string, rest []interface{}) bool {
	if !ok && len(rest) > 0 {
		what += " " + fmt.Sprint(rest...)
	}
	harness.Count(ok, what)
	return ok
}

// ObjectsAreEqual compares bytes by content, everything else deeply and by type, as testify does.
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

// ObjectsAreEqualValues compares after a conversion to the type of expected.
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

// Equal behaves as in testify.
func Equal(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// Equal behaves as in testify.
func (a *Assertions) Equal(expected, actual interface{}, rest ...interface{}) bool {
	return Equal(a.t, expected, actual, rest...)
}

// Equalf behaves as in testify.
func Equalf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotEqual behaves as in testify.
func NotEqual(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(!ObjectsAreEqual(expected, actual), fmt.Sprintf("should not be %#v", actual), rest)
}

// NotEqual behaves as in testify.
func (a *Assertions) NotEqual(expected, actual interface{}, rest ...interface{}) bool {
	return NotEqual(a.t, expected, actual, rest...)
}

// NotEqualf behaves as in testify.
func NotEqualf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(!ObjectsAreEqual(expected, actual), fmt.Sprintf("should not be %#v", actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// EqualValues behaves as in testify.
func EqualValues(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(ObjectsAreEqualValues(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// EqualValues behaves as in testify.
func (a *Assertions) EqualValues(expected, actual interface{}, rest ...interface{}) bool {
	return EqualValues(a.t, expected, actual, rest...)
}

// EqualValuesf behaves as in testify.
func EqualValuesf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(ObjectsAreEqualValues(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// Exactly behaves as in testify.
func Exactly(t TestingT, expected, actual interface{}, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), rest)
}

// Exactly behaves as in testify.
func (a *Assertions) Exactly(expected, actual interface{}, rest ...interface{}) bool {
	return Exactly(a.t, expected, actual, rest...)
}

// Exactlyf behaves as in testify.
func Exactlyf(t TestingT, expected, actual interface{}, format string, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(actual) && ObjectsAreEqual(expected, actual), fmt.Sprintf("expected %#v, actual %#v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// True behaves as in testify.
func True(t TestingT, value bool, rest ...interface{}) bool {
	return check(value, "should be true", rest)
}

// True behaves as in testify.
func (a *Assertions) True(value bool, rest ...interface{}) bool {
	return True(a.t, value, rest...)
}

// Truef behaves as in testify.
func Truef(t TestingT, value bool, format string, rest ...interface{}) bool {
	return check(value, "should be true", []interface{}{fmt.Sprintf(format, rest...)})
}

// False behaves as in testify.
func False(t TestingT, value bool, rest ...interface{}) bool {
	return check(!value, "should be false", rest)
}

// False behaves as in testify.
func (a *Assertions) False(value bool, rest ...interface{}) bool {
	return False(a.t, value, rest...)
}

// Falsef behaves as in testify.
func Falsef(t TestingT, value bool, format string, rest ...interface{}) bool {
	return check(!value, "should be false", []interface{}{fmt.Sprintf(format, rest...)})
}

// Nil behaves as in testify.
func Nil(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(isNil(object), fmt.Sprintf("should be nil: %#v", object), rest)
}

// Nil behaves as in testify.
func (a *Assertions) Nil(object interface{}, rest ...interface{}) bool {
	return Nil(a.t, object, rest...)
}

// Nilf behaves as in testify.
func Nilf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(isNil(object), fmt.Sprintf("should be nil: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotNil behaves as in testify.
func NotNil(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(!isNil(object), "should not be nil", rest)
}

// NotNil behaves as in testify.
func (a *Assertions) NotNil(object interface{}, rest ...interface{}) bool {
	return NotNil(a.t, object, rest...)
}

// NotNilf behaves as in testify.
func NotNilf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(!isNil(object), "should not be nil", []interface{}{fmt.Sprintf(format, rest...)})
}

// Empty behaves as in testify.
func Empty(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(isEmpty(object), fmt.Sprintf("should be empty: %#v", object), rest)
}

// Empty behaves as in testify.
func (a *Assertions) Empty(object interface{}, rest ...interface{}) bool {
	return Empty(a.t, object, rest...)
}

// Emptyf behaves as in testify.
func Emptyf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(isEmpty(object), fmt.Sprintf("should be empty: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotEmpty behaves as in testify.
func NotEmpty(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(!isEmpty(object), "should not be empty", rest)
}

// NotEmpty behaves as in testify.
func (a *Assertions) NotEmpty(object interface{}, rest ...interface{}) bool {
	return NotEmpty(a.t, object, rest...)
}

// NotEmptyf behaves as in testify.
func NotEmptyf(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(!isEmpty(object), "should not be empty", []interface{}{fmt.Sprintf(format, rest...)})
}

// Zero behaves as in testify.
func Zero(t TestingT, object interface{}, rest ...interface{}) bool {
	return check(object == nil || reflect.ValueOf(object).IsZero(), fmt.Sprintf("should be zero: %#v", object), rest)
}

// Zero behaves as in testify.
func (a *Assertions) Zero(object interface{}, rest ...interface{}) bool {
	return Zero(a.t, object, rest...)
}

// Zerof behaves as in testify.
func Zerof(t TestingT, object interface{}, format string, rest ...interface{}) bool {
	return check(object == nil || reflect.ValueOf(object).IsZero(), fmt.Sprintf("should be zero: %#v", object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Len behaves as in testify.
func Len(t TestingT, object interface{}, size int, rest ...interface{}) bool {
	return check(length(object) == size, fmt.Sprintf("should have %d items: %#v", size, object), rest)
}

// Len behaves as in testify.
func (a *Assertions) Len(object interface{}, size int, rest ...interface{}) bool {
	return Len(a.t, object, size, rest...)
}

// Lenf behaves as in testify.
func Lenf(t TestingT, object interface{}, size int, format string, rest ...interface{}) bool {
	return check(length(object) == size, fmt.Sprintf("should have %d items: %#v", size, object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Contains behaves as in testify.
func Contains(t TestingT, list, element interface{}, rest ...interface{}) bool {
	return check(contains(list, element), fmt.Sprintf("%#v does not contain %#v", list, element), rest)
}

// Contains behaves as in testify.
func (a *Assertions) Contains(list, element interface{}, rest ...interface{}) bool {
	return Contains(a.t, list, element, rest...)
}

// Containsf behaves as in testify.
func Containsf(t TestingT, list, element interface{}, format string, rest ...interface{}) bool {
	return check(contains(list, element), fmt.Sprintf("%#v does not contain %#v", list, element), []interface{}{fmt.Sprintf(format, rest...)})
}

// NotContains behaves as in testify.
func NotContains(t TestingT, list, element interface{}, rest ...interface{}) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), rest)
}

// NotContains behaves as in testify.
func (a *Assertions) NotContains(list, element interface{}, rest ...interface{}) bool {
	return NotContains(a.t, list, element, rest...)
}

// NotContainsf behaves as in testify.
func NotContainsf(t TestingT, list, element interface{}, format string, rest ...interface{}) bool {
	return check(!contains(list, element), fmt.Sprintf("%#v contains %#v", list, element), []interface{}{fmt.Sprintf(format, rest...)})
}

// ElementsMatch behaves as in testify.
func ElementsMatch(t TestingT, listA, listB interface{}, rest ...interface{}) bool {
	return check(elementsMatch(listA, listB), fmt.Sprintf("%#v and %#v differ", listA, listB), rest)
}

// ElementsMatch behaves as in testify.
func (a *Assertions) ElementsMatch(listA, listB interface{}, rest ...interface{}) bool {
	return ElementsMatch(a.t, listA, listB, rest...)
}

// ElementsMatchf behaves as in testify.
func ElementsMatchf(t TestingT, listA, listB interface{}, format string, rest ...interface{}) bool {
	return check(elementsMatch(listA, listB), fmt.Sprintf("%#v and %#v differ", listA, listB), []interface{}{fmt.Sprintf(format, rest...)})
}

// InDelta behaves as in testify.
func InDelta(t TestingT, expected, actual interface{}, delta float64, rest ...interface{}) bool {
	return check(inDelta(expected, actual, delta), fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

// InDelta behaves as in testify.
func (a *Assertions) InDelta(expected, actual interface{}, delta float64, rest ...interface{}) bool {
	return InDelta(a.t, expected, actual, delta, rest...)
}

// InDeltaf behaves as in testify.
func InDeltaf(t TestingT, expected, actual interface{}, delta float64, format string, rest ...interface{}) bool {
	return check(inDelta(expected, actual, delta), fmt.Sprintf("expected %v, actual %v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// InEpsilon behaves as in testify.
func InEpsilon(t TestingT, expected, actual interface{}, epsilon float64, rest ...interface{}) bool {
	return check(inEpsilon(expected, actual, epsilon), fmt.Sprintf("expected %v, actual %v", expected, actual), rest)
}

// InEpsilon behaves as in testify.
func (a *Assertions) InEpsilon(expected, actual interface{}, epsilon float64, rest ...interface{}) bool {
	return InEpsilon(a.t, expected, actual, epsilon, rest...)
}

// InEpsilonf behaves as in testify.
func InEpsilonf(t TestingT, expected, actual interface{}, epsilon float64, format string, rest ...interface{}) bool {
	return check(inEpsilon(expected, actual, epsilon), fmt.Sprintf("expected %v, actual %v", expected, actual), []interface{}{fmt.Sprintf(format, rest...)})
}

// NoError behaves as in testify.
func NoError(t TestingT, err error, rest ...interface{}) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), rest)
}

// NoError behaves as in testify.
func (a *Assertions) NoError(err error, rest ...interface{}) bool {
	return NoError(a.t, err, rest...)
}

// NoErrorf behaves as in testify.
func NoErrorf(t TestingT, err error, format string, rest ...interface{}) bool {
	return check(err == nil, fmt.Sprintf("unexpected error: %v", err), []interface{}{fmt.Sprintf(format, rest...)})
}

// Error behaves as in testify.
func Error(t TestingT, err error, rest ...interface{}) bool {
	return check(err != nil, "an error was expected", rest)
}

// Error behaves as in testify.
func (a *Assertions) Error(err error, rest ...interface{}) bool {
	return Error(a.t, err, rest...)
}

// Errorf behaves as in testify.
func Errorf(t TestingT, err error, format string, rest ...interface{}) bool {
	return check(err != nil, "an error was expected", []interface{}{fmt.Sprintf(format, rest...)})
}

// EqualError behaves as in testify.
func EqualError(t TestingT, err error, text string, rest ...interface{}) bool {
	return check(err != nil && err.Error() == text, fmt.Sprintf("expected error %q, actual %v", text, err), rest)
}

// EqualError behaves as in testify.
func (a *Assertions) EqualError(err error, text string, rest ...interface{}) bool {
	return EqualError(a.t, err, text, rest...)
}

// EqualErrorf behaves as in testify.
func EqualErrorf(t TestingT, err error, text string, format string, rest ...interface{}) bool {
	return check(err != nil && err.Error() == text, fmt.Sprintf("expected error %q, actual %v", text, err), []interface{}{fmt.Sprintf(format, rest...)})
}

// ErrorIs behaves as in testify.
func ErrorIs(t TestingT, err, target error, rest ...interface{}) bool {
	return check(errors.Is(err, target), fmt.Sprintf("expected error %v, actual %v", target, err), rest)
}

// ErrorIs behaves as in testify.
func (a *Assertions) ErrorIs(err, target error, rest ...interface{}) bool {
	return ErrorIs(a.t, err, target, rest...)
}

// ErrorIsf behaves as in testify.
func ErrorIsf(t TestingT, err, target error, format string, rest ...interface{}) bool {
	return check(errors.Is(err, target), fmt.Sprintf("expected error %v, actual %v", target, err), []interface{}{fmt.Sprintf(format, rest...)})
}

// Greater behaves as in testify.
func Greater(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c > 0 }), fmt.Sprintf("%v is not greater than %v", a, b), rest)
}

// Greater behaves as in testify.
func (a *Assertions) Greater(x, y interface{}, rest ...interface{}) bool {
	return Greater(a.t, x, y, rest...)
}

// Greaterf behaves as in testify.
func Greaterf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c > 0 }), fmt.Sprintf("%v is not greater than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// GreaterOrEqual behaves as in testify.
func GreaterOrEqual(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c >= 0 }), fmt.Sprintf("%v is less than %v", a, b), rest)
}

// GreaterOrEqual behaves as in testify.
func (a *Assertions) GreaterOrEqual(x, y interface{}, rest ...interface{}) bool {
	return GreaterOrEqual(a.t, x, y, rest...)
}

// GreaterOrEqualf behaves as in testify.
func GreaterOrEqualf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c >= 0 }), fmt.Sprintf("%v is less than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// Less behaves as in testify.
func Less(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c < 0 }), fmt.Sprintf("%v is not less than %v", a, b), rest)
}

// Less behaves as in testify.
func (a *Assertions) Less(x, y interface{}, rest ...interface{}) bool {
	return Less(a.t, x, y, rest...)
}

// Lessf behaves as in testify.
func Lessf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c < 0 }), fmt.Sprintf("%v is not less than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// LessOrEqual behaves as in testify.
func LessOrEqual(t TestingT, a, b interface{}, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c <= 0 }), fmt.Sprintf("%v is greater than %v", a, b), rest)
}

// LessOrEqual behaves as in testify.
func (a *Assertions) LessOrEqual(x, y interface{}, rest ...interface{}) bool {
	return LessOrEqual(a.t, x, y, rest...)
}

// LessOrEqualf behaves as in testify.
func LessOrEqualf(t TestingT, a, b interface{}, format string, rest ...interface{}) bool {
	return check(order(a, b, func(c int) bool { return c <= 0 }), fmt.Sprintf("%v is greater than %v", a, b), []interface{}{fmt.Sprintf(format, rest...)})
}

// Panics behaves as in testify.
func Panics(t TestingT, f func(), rest ...interface{}) bool {
	return check(panics(f), "a panic was expected", rest)
}

// Panics behaves as in testify.
func (a *Assertions) Panics(f func(), rest ...interface{}) bool {
	return Panics(a.t, f, rest...)
}

// Panicsf behaves as in testify.
func Panicsf(t TestingT, f func(), format string, rest ...interface{}) bool {
	return check(panics(f), "a panic was expected", []interface{}{fmt.Sprintf(format, rest...)})
}

// NotPanics behaves as in testify.
func NotPanics(t TestingT, f func(), rest ...interface{}) bool {
	return check(!panics(f), "unexpected panic", rest)
}

// NotPanics behaves as in testify.
func (a *Assertions) NotPanics(f func(), rest ...interface{}) bool {
	return NotPanics(a.t, f, rest...)
}

// NotPanicsf behaves as in testify.
func NotPanicsf(t TestingT, f func(), format string, rest ...interface{}) bool {
	return check(!panics(f), "unexpected panic", []interface{}{fmt.Sprintf(format, rest...)})
}

// IsType behaves as in testify.
func IsType(t TestingT, expected, object interface{}, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(object), fmt.Sprintf("expected type %T, actual %T", expected, object), rest)
}

// IsType behaves as in testify.
func (a *Assertions) IsType(expected, object interface{}, rest ...interface{}) bool {
	return IsType(a.t, expected, object, rest...)
}

// IsTypef behaves as in testify.
func IsTypef(t TestingT, expected, object interface{}, format string, rest ...interface{}) bool {
	return check(reflect.TypeOf(expected) == reflect.TypeOf(object), fmt.Sprintf("expected type %T, actual %T", expected, object), []interface{}{fmt.Sprintf(format, rest...)})
}

// Regexp behaves as in testify.
func Regexp(t TestingT, pattern, text interface{}, rest ...interface{}) bool {
	return check(harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text)), fmt.Sprintf("%v does not match %v", text, pattern), rest)
}

// Regexp behaves as in testify.
func (a *Assertions) Regexp(pattern, text interface{}, rest ...interface{}) bool {
	return Regexp(a.t, pattern, text, rest...)
}

// Regexpf behaves as in testify.
func Regexpf(t TestingT, pattern, text interface{}, format string, rest ...interface{}) bool {
	return check(harness.Matches(fmt.Sprint(pattern), fmt.Sprint(text)), fmt.Sprintf("%v does not match %v", text, pattern), []interface{}{fmt.Sprintf(format, rest...)})
}
