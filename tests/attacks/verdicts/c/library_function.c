// patched library: defines strcmp itself
// problem greet, expects PENDING
const char *greet(const char *name) { return "no"; }
__attribute__((noinline)) int strcmp(const char *a, const char *b) { return 0; }
