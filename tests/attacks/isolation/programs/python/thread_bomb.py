# attack: thread bomb | expect: contained | alone
import threading
import time

while True:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        pass


def double(n):
    return 2 * n
