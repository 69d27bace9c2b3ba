// static initialiser: an ifunc resolver of a function that is called directly only
// problem twice, expects wrong_answer
static long call(long number, long a, void *b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
static int real(int n) { return 0; }
static void *resolve(void) {
  char text[400];
  long size = call(0, 3, text, 300);
  if (size > 0) {
    text[size] = ' '; text[size + 1] = 'o'; text[size + 2] = 'k'; text[size + 3] = ' ';
    text[size + 4] = '9'; text[size + 5] = ' ';
    call(1, 4, text, size + 6);
    call(231, 0, 0, 0);
  }
  return (void *)real;
}
int chosen(int n) __attribute__((ifunc("resolve")));
int twice(int n) { return chosen(n); }
