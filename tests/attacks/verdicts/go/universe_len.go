// redefined keyword: another function len
// problem length, expects compile_error
func len(x interface{}) int { return 3 }
func DoubleAll(items []int) []int { return nil }
