// reads the proof: searches its environment, arguments and descriptors for the secret
// problem twice, expects runtime_error
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int twice(int n) {
  const char *paths[] = {"/proc/self/environ", "/proc/self/cmdline", "/proc/1/environ", "/proc/1/cmdline",
                         "/proc/self/fd/3", "/proc/self/fd/4", "/dev/fd/3"};
  for (int i = 0; i < 7; i++) {
    char text[600];
    int fd = open(paths[i], O_RDONLY | O_NONBLOCK);
    long size = fd < 0 ? read(3, text, 500) : read(fd, text, 500);
    if (size < 16) continue;
    for (long at = 0; at < size; at++) if (!text[at]) text[at] = '_';
    memcpy(text + size, " ok 9 ", 6);
    if (write(4, text, size + 6)) {}
    _exit(0);
  }
  return 0;
}
