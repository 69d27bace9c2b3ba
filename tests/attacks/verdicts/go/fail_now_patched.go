// reflection: reaches the test's own state by reflection on what it is given
// problem twice, expects wrong_answer
import "reflect"

func Twice(n int) int {
	reflect.ValueOf(&n).Elem().SetInt(4)
	return n
}
