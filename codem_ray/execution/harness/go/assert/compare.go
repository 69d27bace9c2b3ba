// The comparisons behind the checks.

package assert

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"time"
)

// ObjectsAreEqual compares bytes by content, everything else deeply and by type, as testify does.
func ObjectsAreEqual(expected, actual any) bool {
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

// ObjectsAreEqualValues compares actual with expected, converted to the type of actual.
func ObjectsAreEqualValues(expected, actual any) bool {
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

func isNil(object any) bool {
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

func isEmpty(object any) bool {
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

func toFloat(x any) (float64, bool) {
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

func inDelta(expected, actual any, delta float64) bool {
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

func inEpsilon(expected, actual any, epsilon float64) bool {
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

func contains(list, element any) bool {
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

func elementsMatch(a, b any) bool {
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

func length(object any) int {
	value := reflect.ValueOf(object)
	switch value.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return value.Len()
	}
	return -1
}

func compare(a, b any) (int, bool) {
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

func order(a, b any, wanted func(int) bool) bool {
	c, ok := compare(a, b)
	return ok && wanted(c)
}
