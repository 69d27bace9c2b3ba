# thread: a thread that ends the process while the tests run
# problem twice, expects runtime_error
import os
import threading
import time

def end():
    time.sleep(0.05)
    os._exit(0)

threading.Thread(target=end).start()

def twice(n):
    time.sleep(0.3)
    return 0
