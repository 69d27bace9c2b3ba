# resource error: sets the recursion limit to 1 and overflows the stack
# problem twice, expects memory_limit
import sys

def twice(n):
    sys.setrecursionlimit(10**9)
    def down(x):
        return down(x + 1) + 1
    return down(n)
