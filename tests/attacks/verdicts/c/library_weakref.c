// patched library: a weak reference named atoi to another function
// problem library, expects wrong_answer
int mine(const char *s) { return 42; }
static int atoi(const char *) __attribute__((weakref("mine")));
const char *digits(int n) { return "x23"; }
