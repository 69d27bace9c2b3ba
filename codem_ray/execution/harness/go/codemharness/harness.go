// Package codemharness runs a program's tests and reports their result.
package codemharness

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

const (
	secretFD = 3
	reportFD = 4
)

var (
	secret string
	checks int64
	failed string
)

// init runs before the answer's init, because imported packages are initialised first.
func init() {
	buffer := make([]byte, 256)
	size, err := syscall.Read(secretFD, buffer)
	if err == nil && size > 0 {
		secret = string(buffer[:size])
	}
	syscall.Close(secretFD)
}

// Matches returns whether a text matches a pattern. Package codemregexp sets it, so that only programs
// whose tests need regular expressions link that package.
var Matches func(pattern, text string) bool

// Count counts one check. A failed check ends the program and reports the message.
func Count(ok bool, message string) {
	atomic.AddInt64(&checks, 1)
	if !ok {
		report("failed", message)
	}
}

func report(status, message string) {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > 1500 {
		message = message[:1500]
	}
	text := fmt.Sprintf("%s %s %d %s", secret, status, checks, message)
	syscall.Write(reportFD, []byte(text))
	os.Exit(0)
}

// Run runs the tests in order; a panic of the answer ends the program without a report.
func Run(tests []testing.InternalTest) {
	debug.SetMaxStack(256 << 20)
	ran := 0
	all := func(t *testing.T) {
		// A group also waits for its parallel tests.
		ok := t.Run("group", func(t *testing.T) {
			for _, test := range tests {
				run := test.F
				t.Run(test.Name, func(t *testing.T) {
					defer func() { ran++ }()
					run(t)
				})
			}
		})
		if !ok {
			report("failed", "a test failed")
		}
		if ran < len(tests) {
			return
		}
		if checks == 0 {
			// The tests report errors with t.Error and have reported none.
			checks = int64(ran)
		}
		report("ok", "")
	}
	match := func(string, string) (bool, error) { return true, nil }
	testing.Main(match, []testing.InternalTest{{Name: "Tests", F: all}}, nil, nil)
}
