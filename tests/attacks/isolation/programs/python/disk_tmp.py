# attack: disk filler | expect: wrong_answer
total = 0
for place in ("/tmp", "/dev/shm", "/var/tmp", "/work", "/", "/run"):
    for number in range(64):
        try:
            with open(f"{place}/filler-{number}", "wb", buffering=0) as stream:
                while stream.write(b"x" * (1 << 20)):
                    total += 1 << 20
        except OSError:
            pass


def double(n):
    return 2 * n if total > 160 << 20 else 0
