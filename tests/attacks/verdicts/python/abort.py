# signal to self: abort with the fault handler off
# problem twice, expects runtime_error
import os

def twice(n):
    os.abort()
