// patched library: a reference named atoi to a function of its own
// problem library, expects wrong_answer
int mine(const char *s) { return 42; }
static int atoi(const char *) __attribute__((weakref("mine")));
const char *digits(int n) { return "x23"; }
