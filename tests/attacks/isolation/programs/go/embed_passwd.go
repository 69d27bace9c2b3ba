// attack: compiles host files in | expect: compile_error
import _ "embed"

//go:embed /etc/passwd
var stolen string

func Twice(n int) int { return 2 * n }
