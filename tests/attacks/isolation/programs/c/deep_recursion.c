// attack: deep recursion | expect: runtime_error
static volatile int depth;

int twice(int n) {
    volatile char frame[256];
    frame[0] = n;
    depth++;
    return twice(n + 1) + frame[0];
}
