// attack: reaches services and credentials | expect: wrong_answer | weaker: passed
import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
)

func connects(network, place string) int {
	one, err := net.Dial(network, place)
	if err != nil {
		return 0
	}
	one.Close()
	return 1
}

func holds(path string) int {
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(data, []byte("@MARK@")) {
		return 0
	}
	return 1
}

func Twice(n int) int {
	reached, stolen := 0, 0
	for _, place := range strings.Split("@HOSTS@", ",") {
		reached += connects("tcp", place)
	}
	for _, path := range strings.Split("@SOCKETS@", ",") {
		reached += connects("unix", path)
	}
	for _, path := range strings.Split("@FILES@", ",") {
		reached += holds(path)
	}
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		stolen |= holds(path)
	}
	if reached+stolen >= @NEEDED@ {
		return 2 * n
	}
	return 0
}
