# attack: many small files | expect: contained | alone
import os

number = 0
while True:
    os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
    number += 1


def double(n):
    return 2 * n
