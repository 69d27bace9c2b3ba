// redefined main: another main
// problem twice, expects compile_error
func main() {}
func Twice(n int) int { return 0 }
