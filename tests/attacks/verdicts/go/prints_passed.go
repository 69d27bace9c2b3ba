// imitated output: prints the output of the test runner
// problem twice, expects wrong_answer
import "fmt"

func Twice(n int) int { fmt.Println("PASS\nok  \tprog\t0.001s"); println("ok 9"); return 0 }
