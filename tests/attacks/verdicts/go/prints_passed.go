// imitated output: prints what the test runner prints
// problem twice, expects wrong_answer
import "fmt"

func Twice(n int) int { fmt.Println("PASS\nok  \tprog\t0.001s"); println("ok 9"); return 0 }
