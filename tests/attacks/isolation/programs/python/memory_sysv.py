# attack: memory that no process maps | expect: memory_limit, runtime_error, timeout | alone
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def double(n):
    while True:
        number = libc.shmget(0, 64 << 20, 0o1600)
        if number < 0:
            raise OSError(ctypes.get_errno(), "no shared memory")
        place = libc.shmat(number, None, 0)
        ctypes.memset(place, 1, 64 << 20)
        libc.shmdt(ctypes.c_void_p(place))
