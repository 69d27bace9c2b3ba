// attack: endless types | expect: compile_error
type T[P any] struct{ next *T[T[P]] }

type Loop struct{ Loop }

func Twice(n int) int { var t T[int]; _ = t; return 2 * n }
