// attack: huge constants | expect: contained | alone
static volatile char filler[1L << 32] = {1};
int twice(int n) { return filler[n] ? 0 : 2 * n; }
