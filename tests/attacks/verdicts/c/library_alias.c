// patched library: a second name, atoi, for a function of its own
// problem library, expects compile_error
int mine(const char *s) { return 42; }
int atoi(const char *) __attribute__((alias("mine")));
const char *digits(int n) { return "x23"; }
