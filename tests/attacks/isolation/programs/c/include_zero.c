// attack: endless include | expect: contained | alone
#include "/dev/zero"
int twice(int n) { return 2 * n; }
