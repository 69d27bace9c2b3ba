# attack: folders too deep to remove | expect: contained
import os

os.chdir("/tmp")
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")


def double(n):
    return 0
