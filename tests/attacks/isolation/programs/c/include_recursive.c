// attack: include recursion | expect: compile_error
#include "/proc/self/cwd/u0/program.c"
#include "/proc/self/cwd/u1/program.c"
#include "/proc/self/cwd/u2/program.c"
int twice(int n) { return 2 * n; }
