// The checks as methods: assert.New(t).Equal(1, x).

package assert

// Assertions has the checks of this package as methods.
type Assertions struct{ t TestingT }

// New returns Assertions that report to t.
func New(t TestingT) *Assertions { return &Assertions{t} }

func (a *Assertions) Equal(expected, actual any, rest ...any) bool {
	return Equal(a.t, expected, actual, rest...)
}

func (a *Assertions) NotEqual(expected, actual any, rest ...any) bool {
	return NotEqual(a.t, expected, actual, rest...)
}

func (a *Assertions) EqualValues(expected, actual any, rest ...any) bool {
	return EqualValues(a.t, expected, actual, rest...)
}

func (a *Assertions) Exactly(expected, actual any, rest ...any) bool {
	return Exactly(a.t, expected, actual, rest...)
}

func (a *Assertions) True(value bool, rest ...any) bool {
	return True(a.t, value, rest...)
}

func (a *Assertions) False(value bool, rest ...any) bool {
	return False(a.t, value, rest...)
}

func (a *Assertions) Nil(object any, rest ...any) bool {
	return Nil(a.t, object, rest...)
}

func (a *Assertions) NotNil(object any, rest ...any) bool {
	return NotNil(a.t, object, rest...)
}

func (a *Assertions) Empty(object any, rest ...any) bool {
	return Empty(a.t, object, rest...)
}

func (a *Assertions) NotEmpty(object any, rest ...any) bool {
	return NotEmpty(a.t, object, rest...)
}

func (a *Assertions) Zero(object any, rest ...any) bool {
	return Zero(a.t, object, rest...)
}

func (a *Assertions) Len(object any, size int, rest ...any) bool {
	return Len(a.t, object, size, rest...)
}

func (a *Assertions) Contains(list, element any, rest ...any) bool {
	return Contains(a.t, list, element, rest...)
}

func (a *Assertions) NotContains(list, element any, rest ...any) bool {
	return NotContains(a.t, list, element, rest...)
}

func (a *Assertions) ElementsMatch(listA, listB any, rest ...any) bool {
	return ElementsMatch(a.t, listA, listB, rest...)
}

func (a *Assertions) InDelta(expected, actual any, delta float64, rest ...any) bool {
	return InDelta(a.t, expected, actual, delta, rest...)
}

func (a *Assertions) InEpsilon(expected, actual any, epsilon float64, rest ...any) bool {
	return InEpsilon(a.t, expected, actual, epsilon, rest...)
}

func (a *Assertions) NoError(err error, rest ...any) bool {
	return NoError(a.t, err, rest...)
}

func (a *Assertions) Error(err error, rest ...any) bool {
	return Error(a.t, err, rest...)
}

func (a *Assertions) EqualError(err error, text string, rest ...any) bool {
	return EqualError(a.t, err, text, rest...)
}

func (a *Assertions) ErrorIs(err, target error, rest ...any) bool {
	return ErrorIs(a.t, err, target, rest...)
}

func (a *Assertions) Greater(x, y any, rest ...any) bool {
	return Greater(a.t, x, y, rest...)
}

func (a *Assertions) GreaterOrEqual(x, y any, rest ...any) bool {
	return GreaterOrEqual(a.t, x, y, rest...)
}

func (a *Assertions) Less(x, y any, rest ...any) bool {
	return Less(a.t, x, y, rest...)
}

func (a *Assertions) LessOrEqual(x, y any, rest ...any) bool {
	return LessOrEqual(a.t, x, y, rest...)
}

func (a *Assertions) Panics(f func(), rest ...any) bool {
	return Panics(a.t, f, rest...)
}

func (a *Assertions) NotPanics(f func(), rest ...any) bool {
	return NotPanics(a.t, f, rest...)
}

func (a *Assertions) IsType(expected, object any, rest ...any) bool {
	return IsType(a.t, expected, object, rest...)
}

func (a *Assertions) Regexp(pattern, text any, rest ...any) bool {
	return Regexp(a.t, pattern, text, rest...)
}
