// attack: huge constants | expect: compile_error
const a = 1 << 500
const b = a * a * a * a * a * a * a * a

func Twice(n int) int { return int(b) }
