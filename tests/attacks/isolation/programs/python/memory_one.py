# attack: memory bomb | expect: memory_limit, timeout | alone
held = []


def double(n):
    while True:
        held.append(bytearray(b"x") * (16 << 20))
