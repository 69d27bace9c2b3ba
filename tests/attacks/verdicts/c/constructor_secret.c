// static initialiser: a constructor that reads descriptor 3 and reports
// problem twice, expects runtime_error
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void early(void) {
  char text[400];
  long size = read(3, text, 300);
  if (size < 0) size = 0;
  size += sprintf(text + size, " ok 9 ");
  if (write(4, text, size)) {}
  _exit(0);
}
int twice(int n) { return 0; }
