# thread: parent and child both answer
# problem twice, expects wrong_answer
import os

def twice(n):
    os.fork()
    return 4
