# attack: reaches services and credentials | expect: wrong_answer | weaker: passed
import glob
import socket

reached = []
for host in "@HOSTS@".split(","):
    name, _, port = host.rpartition(":")
    try:
        socket.create_connection((name, int(port)), 2).close()
        reached.append(host)
    except OSError:
        pass
for path in "@SOCKETS@".split(","):
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(path.replace("@", "\0", 1) if path.startswith("@") else path)
        reached.append(path)
    except OSError:
        pass
for path in "@FILES@".split(","):
    try:
        reached += [path] if b"@MARK@" in open(path, "rb").read() else []
    except OSError:
        pass
stolen = False
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        stolen |= b"@MARK@" in open(path, "rb").read()
    except OSError:
        pass
count = len(reached) + stolen


def double(n):
    return 2 * n if count >= @NEEDED@ else 0
