# early exit: sys.exit(0) while the answer is loaded
# problem twice, expects runtime_error
import sys

def twice(n):
    return 0

sys.exit(0)
