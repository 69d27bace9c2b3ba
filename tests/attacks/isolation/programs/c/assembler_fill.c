// attack: huge constants | expect: contained | alone
__asm__(".data\n.fill 2000000000, 8, 1\n.text");
int twice(int n) { return 2 * n; }
