// The checks with a message like that of Printf: assert.Equalf(t, 1, x, "case %d", i).

package assert

import "fmt"

func Equalf(t TestingT, expected, actual any, format string, rest ...any) bool {
	return Equal(t, expected, actual, fmt.Sprintf(format, rest...))
}

func NotEqualf(t TestingT, expected, actual any, format string, rest ...any) bool {
	return NotEqual(t, expected, actual, fmt.Sprintf(format, rest...))
}

func EqualValuesf(t TestingT, expected, actual any, format string, rest ...any) bool {
	return EqualValues(t, expected, actual, fmt.Sprintf(format, rest...))
}

func Exactlyf(t TestingT, expected, actual any, format string, rest ...any) bool {
	return Exactly(t, expected, actual, fmt.Sprintf(format, rest...))
}

func Truef(t TestingT, value bool, format string, rest ...any) bool {
	return True(t, value, fmt.Sprintf(format, rest...))
}

func Falsef(t TestingT, value bool, format string, rest ...any) bool {
	return False(t, value, fmt.Sprintf(format, rest...))
}

func Nilf(t TestingT, object any, format string, rest ...any) bool {
	return Nil(t, object, fmt.Sprintf(format, rest...))
}

func NotNilf(t TestingT, object any, format string, rest ...any) bool {
	return NotNil(t, object, fmt.Sprintf(format, rest...))
}

func Emptyf(t TestingT, object any, format string, rest ...any) bool {
	return Empty(t, object, fmt.Sprintf(format, rest...))
}

func NotEmptyf(t TestingT, object any, format string, rest ...any) bool {
	return NotEmpty(t, object, fmt.Sprintf(format, rest...))
}

func Zerof(t TestingT, object any, format string, rest ...any) bool {
	return Zero(t, object, fmt.Sprintf(format, rest...))
}

func Lenf(t TestingT, object any, size int, format string, rest ...any) bool {
	return Len(t, object, size, fmt.Sprintf(format, rest...))
}

func Containsf(t TestingT, list, element any, format string, rest ...any) bool {
	return Contains(t, list, element, fmt.Sprintf(format, rest...))
}

func NotContainsf(t TestingT, list, element any, format string, rest ...any) bool {
	return NotContains(t, list, element, fmt.Sprintf(format, rest...))
}

func ElementsMatchf(t TestingT, listA, listB any, format string, rest ...any) bool {
	return ElementsMatch(t, listA, listB, fmt.Sprintf(format, rest...))
}

func InDeltaf(t TestingT, expected, actual any, delta float64, format string, rest ...any) bool {
	return InDelta(t, expected, actual, delta, fmt.Sprintf(format, rest...))
}

func InEpsilonf(t TestingT, expected, actual any, epsilon float64, format string, rest ...any) bool {
	return InEpsilon(t, expected, actual, epsilon, fmt.Sprintf(format, rest...))
}

func NoErrorf(t TestingT, err error, format string, rest ...any) bool {
	return NoError(t, err, fmt.Sprintf(format, rest...))
}

func Errorf(t TestingT, err error, format string, rest ...any) bool {
	return Error(t, err, fmt.Sprintf(format, rest...))
}

func EqualErrorf(t TestingT, err error, text string, format string, rest ...any) bool {
	return EqualError(t, err, text, fmt.Sprintf(format, rest...))
}

func ErrorIsf(t TestingT, err, target error, format string, rest ...any) bool {
	return ErrorIs(t, err, target, fmt.Sprintf(format, rest...))
}

func Greaterf(t TestingT, a, b any, format string, rest ...any) bool {
	return Greater(t, a, b, fmt.Sprintf(format, rest...))
}

func GreaterOrEqualf(t TestingT, a, b any, format string, rest ...any) bool {
	return GreaterOrEqual(t, a, b, fmt.Sprintf(format, rest...))
}

func Lessf(t TestingT, a, b any, format string, rest ...any) bool {
	return Less(t, a, b, fmt.Sprintf(format, rest...))
}

func LessOrEqualf(t TestingT, a, b any, format string, rest ...any) bool {
	return LessOrEqual(t, a, b, fmt.Sprintf(format, rest...))
}

func Panicsf(t TestingT, f func(), format string, rest ...any) bool {
	return Panics(t, f, fmt.Sprintf(format, rest...))
}

func NotPanicsf(t TestingT, f func(), format string, rest ...any) bool {
	return NotPanics(t, f, fmt.Sprintf(format, rest...))
}

func IsTypef(t TestingT, expected, object any, format string, rest ...any) bool {
	return IsType(t, expected, object, fmt.Sprintf(format, rest...))
}

func Regexpf(t TestingT, pattern, text any, format string, rest ...any) bool {
	return Regexp(t, pattern, text, fmt.Sprintf(format, rest...))
}
