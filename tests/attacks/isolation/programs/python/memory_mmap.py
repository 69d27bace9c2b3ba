# attack: memory bomb | expect: memory_limit, timeout | alone
import mmap

held = []


def double(n):
    while True:
        block = mmap.mmap(-1, 64 << 20)
        for at in range(0, 64 << 20, 4096):
            block[at] = 1
        held.append(block)
