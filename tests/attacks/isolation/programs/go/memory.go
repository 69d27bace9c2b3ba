// attack: memory bomb | expect: memory_limit, timeout | alone
var held [][]byte

func Twice(n int) int {
	for {
		block := make([]byte, 16<<20)
		for at := range block {
			block[at] = 1
		}
		held = append(held, block)
	}
}
