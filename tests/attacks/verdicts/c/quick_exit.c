// early exit: quick_exit(0) with a handler that writes a report
// problem twice, expects runtime_error
#include <stdlib.h>
#include <unistd.h>
static void last(void) { if (write(4, " ok 9 ", 6)) {} }
int twice(int n) { at_quick_exit(last); quick_exit(0); }
