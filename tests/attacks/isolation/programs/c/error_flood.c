// attack: 1 GB of compiler messages | expect: contained | alone
#define A undeclared_a + undeclared_b + undeclared_c + undeclared_d + undeclared_e;
#define B A A A A A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C C C C C
int f1(void) { D } int f2(void) { D } int f3(void) { D } int f4(void) { D }
int twice(int n) { D return 2 * n; }
