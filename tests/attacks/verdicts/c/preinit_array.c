// static initialiser: .preinit_array before the harness's
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
__attribute__((section(".preinit_array"), used)) static void (*go)(void) = early;
int twice(int n) { return 0; }
