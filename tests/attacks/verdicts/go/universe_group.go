// redefined keyword: a constant true that is false, in a group with other names
// problem truth, expects compile_error
const (
	other, true = 7, (1 == 0)
)

func IsEven(n int) bool { return other == 8 }
