# forged message: bytes that are no message
# problem twice, expects wrong_answer
import os

def twice(n):
    os.write(6, (7).to_bytes(4, "big") + b"\xff\xfe\x00{}[]")
    return 0
