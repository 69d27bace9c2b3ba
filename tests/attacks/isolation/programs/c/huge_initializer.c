// attack: huge constants | expect: contained | alone
static int filler[] = {[0 ... 300000000] = 7};
int twice(int n) { return filler[n] - 7 + 2 * n; }
