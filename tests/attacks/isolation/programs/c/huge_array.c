// attack: huge constants | expect: contained | alone
static char filler[1L << 32] = {1};
int twice(int n) { return filler[n] + 2 * n - filler[n]; }
