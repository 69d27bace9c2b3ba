// reads the proof: reads the report back from its pipe and writes another
// problem twice, expects wrong_answer
import (
	"os"
	"strings"
	"time"
)

func init() {
	for i := 0; i < 3; i++ {
	in, err := os.OpenFile("/proc/self/fd/4", os.O_RDONLY, 0)
	if err != nil { continue }
	go func() {
		b := make([]byte, 8192)
		n, _ := in.Read(b)
		s := strings.SplitN(string(b[:n]), " ", 2)
		if len(s) == 2 { out, _ := os.OpenFile("/proc/self/fd/4", os.O_WRONLY, 0); out.Write([]byte(s[0]+" ok 9 ")); out.Close(); os.Exit(0) }
	}()
	}
	time.Sleep(20*time.Millisecond)
}

func Twice(n int) int { return 0 }
