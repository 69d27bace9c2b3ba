// patched library: an alias atoi of another function
// problem library, expects compile_error
int mine(const char *s) { return 42; }
int atoi(const char *) __attribute__((alias("mine")));
const char *digits(int n) { return "x23"; }
