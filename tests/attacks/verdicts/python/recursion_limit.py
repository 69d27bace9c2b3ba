# resource error: lifts the recursion limit and overflows the stack
# problem twice, expects memory_limit or timeout
import sys

def twice(n):
    sys.setrecursionlimit(10**9)
    def down(x):
        return down(x + 1) + 1
    return down(n)
