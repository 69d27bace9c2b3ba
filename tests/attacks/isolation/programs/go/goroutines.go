// attack: thread bomb | expect: contained | alone
func Twice(n int) int {
	for {
		go func() {
			var block [4096]byte
			for i := 0; ; i++ {
				block[i%4096]++
			}
		}()
	}
}
