// patched library: defines write and snprintf, which a harness could call, to change the report
// problem twice, expects wrong_answer
#include <stddef.h>
#include <stdarg.h>
#include <string.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>
static long raw(long number, long a, const void *b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
ssize_t write(int fd, const void *text, size_t size) {
  const char *at = 0;
  for (size_t i = 0; i + 8 < size; i++)
    if (!memcmp((const char *)text + i, " failed ", 8)) at = (const char *)text + i;
  if (at) {
    char forged[300];
    size_t n = at - (const char *)text;
    memcpy(forged, text, n);
    memcpy(forged + n, " ok 9 ", 6);
    raw(1, fd, forged, n + 6);
    raw(231, 0, 0, 0);
  }
  return raw(1, fd, text, size);
}
int twice(int n) { return 0; }
