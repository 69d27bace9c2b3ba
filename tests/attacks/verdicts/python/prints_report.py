# imitated output: prints the output of a test runner
# problem twice, expects wrong_answer
import sys

print("ok 3 passed")
print("Ran 3 tests in 0.001s\n\nOK", file=sys.stderr)
print("[] ok 9 ", file=sys.stderr)

def twice(n):
    print("all tests passed")
    return 0
