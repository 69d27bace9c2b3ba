// attack: calls of another architecture | expect: runtime_error
int twice(int n) {
    long result;
    // the 32-bit entry of the kernel: socketcall(SYS_SOCKET)
    long arguments[3] = {2, 1, 0};
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(102), "b"(1), "c"((int)(long)arguments) : "memory");
    return result >= 0 ? 2 * n : 0;
}
