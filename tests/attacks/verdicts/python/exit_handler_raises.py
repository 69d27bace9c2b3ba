# exit handler: an exception in an exit handler after sys.exit
# problem twice, expects runtime_error
import atexit
import sys

@atexit.register
def last():
    raise SystemExit(0)

def twice(n):
    sys.exit(0)
