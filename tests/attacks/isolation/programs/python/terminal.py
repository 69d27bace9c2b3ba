# attack: types into a terminal | expect: wrong_answer
import fcntl
import os
import termios

reached = []
names = ["/dev/tty", "/dev/console", "/dev/tty0", "/dev/tty1", "/dev/pts/0", "/dev/ptmx"]
for name in names:
    try:
        fd = os.open(name, os.O_RDWR)
        fcntl.ioctl(fd, termios.TIOCSTI, b"x")
        reached.append(name)
    except OSError:
        pass
for fd in (0, 1, 2):
    try:
        fcntl.ioctl(fd, termios.TIOCSTI, b"x")
        reached.append(fd)
    except OSError:
        pass


def double(n):
    return 2 * n if reached else 0
