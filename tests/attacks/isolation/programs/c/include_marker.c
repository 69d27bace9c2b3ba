// attack: compiles host files in | expect: compile_error
static const char *stolen =
#include "@MARKER@"
    ;
int twice(int n) { return 2 * n; }
