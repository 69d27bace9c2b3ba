// exception: a panic with nil
// problem twice, expects runtime_error
func Twice(n int) int { panic(nil) }
