// attack: commands of the compiler | expect: compile_error
// #cgo CFLAGS: -fplugin=/tmp/evil.so
// #cgo LDFLAGS: -Wl,-rpath,/tmp
// #include "/etc/passwd"
import "C"

func Twice(n int) int { return 2 * n }
