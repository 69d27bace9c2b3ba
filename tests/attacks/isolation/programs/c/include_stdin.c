// attack: endless include | expect: contained | alone
#include "/dev/stdin"
#include "/proc/self/fd/0"
#include "/dev/tty"
#include "/dev/random"
int twice(int n) { return 2 * n; }
