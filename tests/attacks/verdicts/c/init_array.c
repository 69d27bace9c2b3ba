// static initialiser: .init_array with the highest priority
// problem twice, expects wrong_answer
#include <stdio.h>
#include <unistd.h>
static void early(void) {
  char text[400];
  long size = read(3, text, 300);
  if (size <= 0) return;
  size += sprintf(text + size, " ok 9 ");
  if (write(4, text, size)) {}
  _exit(0);
}
__attribute__((section(".init_array.00000"), used)) static void (*go)(void) = early;
int twice(int n) { return 0; }
