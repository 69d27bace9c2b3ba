# attack: writes outside /tmp | expect: wrong_answer
import os

folders = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/dev/pts", "/proc", "/work", "/var", "/root"]
folders += [os.path.dirname(name) for name in ("@MARKER@", __import__("sys").executable)]
folders += [os.path.dirname(os.__file__), "@CACHE@"]
reached = []
for folder in folders:
    try:
        with open(f"{folder}/written-by-an-answer", "w") as stream:
            stream.write("x")
        reached.append(folder)
    except OSError:
        pass
for path in ("@MARKER@", os.__file__, "/bin/sh", "/usr/bin/env"):
    try:
        os.chmod(path, 0o777)
        reached.append(path)
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
