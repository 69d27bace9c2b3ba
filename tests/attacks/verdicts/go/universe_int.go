// redefined keyword: a type int of its own
// problem typed, expects compile_error
type int = struct{}

func Twice(n int) int { return n }
