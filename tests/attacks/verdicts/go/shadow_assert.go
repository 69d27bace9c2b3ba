// patched library: a package-level name assert
// problem twice, expects compile_error
type fake struct{}

func (fake) Equal(a, b interface{}) bool { return true }
func (fake) New(t interface{}) fake { return fake{} }

var assert fake

func Twice(n int) int { return 0 }
