// attack: reads other programs' files | expect: compile_error
import _ "embed"

//go:embed ../u1/answer.go
var stolen string

func Twice(n int) int { return 2 * n }
