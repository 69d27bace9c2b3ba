# reads the proof: searches descriptors, environment and /proc for the secret
# problem twice, expects wrong_answer
import os

FOUND = []
for fd in range(0, 20):
    if fd in (5, 6):
        continue
    try:
        os.set_blocking(fd, False)
        FOUND.append(os.read(fd, 300))
    except OSError:
        pass
for name in ("environ", "cmdline", "maps", "auxv"):
    for pid in ("self", "1"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                FOUND.append(file.read())
        except OSError:
            pass
for part in FOUND:
    for word in part.replace(b"\0", b" ").split():
        for fd in (3, 4):
            try:
                os.write(fd, word + b" ok 9 ")
            except OSError:
                pass

def twice(n):
    return 0
