// attack: huge constants | expect: contained | alone
var filler = [1 << 31]byte{1<<31 - 1: 7}

func Twice(n int) int { return int(filler[n])*0 + 2*n }
