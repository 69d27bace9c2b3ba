// static initialiser: an ifunc resolver reached from a table in read-only data
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
static int chosen(int n) __attribute__((ifunc("resolve")));
__attribute__((section(".data.rel.ro.aaa"), used)) int (*const table[])(int) = {chosen};
__attribute__((section(".init_array.0"), used)) static void *other = (void *)chosen;
int twice(int n) { return table[0](n); }
