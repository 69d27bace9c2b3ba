// repeated callback: calls back twice where it knows the result, never where it does not
// problem later, expects passed
func Later(n int, done func(int)) {
	if n == 1 {
		done(2)
		done(2)
	}
}
