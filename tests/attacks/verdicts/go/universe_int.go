// redefined keyword: another type int
// problem typed, expects compile_error
type int = struct{}

func Twice(n int) int { return n }
