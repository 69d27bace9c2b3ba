// attack: huge constants | expect: contained | alone
__asm__(".data\n.rept 2000000000\n.quad 1\n.endr\n.text");
int twice(int n) { return 2 * n; }
