# imitated output: writes reports with empty and guessed secrets to descriptors 3 to 20
# problem twice, expects wrong_answer
import os

for fd in range(3, 21):
    if fd in (5, 6):
        continue
    for secret in (b"", b"0" * 32, b"secret"):
        try:
            os.write(fd, secret + b" ok 9 ")
        except OSError:
            pass

def twice(n):
    return 0
