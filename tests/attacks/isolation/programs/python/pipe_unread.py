# attack: never reads its pipe | expect: timeout | alone
import time

time.sleep(600)


def double(n):
    return 2 * n
