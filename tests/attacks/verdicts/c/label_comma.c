// labels: a label with a comma, so that the compiler's `.weak` declares a second name as global
// problem library, expects compile_error
static int calls;
int atoi(const char *text) { return calls++ ? 7 : 42; }
extern int other(void) __asm__("x,atoi") __attribute__((weak));
int (*pointer)(void) = other;
const char *digits(int n) { return "123"; }
