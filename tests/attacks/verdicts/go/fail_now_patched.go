// reflection: reaches the test's state by reflection on its argument
// problem twice, expects wrong_answer
import "reflect"

func Twice(n int) int {
	reflect.ValueOf(&n).Elem().SetInt(4)
	return n
}
