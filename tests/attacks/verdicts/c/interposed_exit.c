// patched library: defines _exit and fflush, which a harness could call
// problem twice, expects wrong_answer
#include <stdio.h>
void _exit(int s) { for (;;) __asm__ volatile("syscall" : : "a"(231L), "D"(0L)); }
int fflush(FILE *f) { return 0; }
int twice(int n) { return 0; }
