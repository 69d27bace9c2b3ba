// labels: one with a comma makes the second name of the compiler's `.weak` a name of all files
// problem library, expects compile_error
static int calls;
int atoi(const char *text) { return calls++ ? 7 : 42; }
extern int other(void) __asm__("x,atoi") __attribute__((weak));
int (*pointer)(void) = other;
const char *digits(int n) { return "123"; }
