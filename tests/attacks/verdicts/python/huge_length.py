# forged message: announces a message of 4 GiB and ends
# problem twice, expects runtime_error
import os

def twice(n):
    os.write(6, b"\xff\xff\xff\xff{")
    os._exit(0)
