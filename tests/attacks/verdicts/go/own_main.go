// redefined main: a main of its own
// problem twice, expects compile_error
func main() {}
func Twice(n int) int { return 0 }
