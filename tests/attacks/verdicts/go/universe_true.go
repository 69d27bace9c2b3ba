// redefined keyword: a constant true that is false
// problem truth, expects compile_error
const true = 1 == 0

func IsEven(n int) bool { return 1 == 0 }
