# early exit: os._exit with status 0 inside the call
# problem twice, expects runtime_error
import os

def twice(n):
    os._exit(0)
