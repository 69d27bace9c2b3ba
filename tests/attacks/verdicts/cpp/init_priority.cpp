// static initialiser: an object of the first priority that reads the secret
// problem twice, expects wrong_answer
#include <unistd.h>
#include <cstdio>
struct Early {
  Early() {
    char text[400];
    long size = read(3, text, 300);
    if (size <= 0) return;
    size += std::sprintf(text + size, " ok 9 ");
    if (write(4, text, size)) {}
    _exit(0);
  }
};
__attribute__((init_priority(101))) Early early;
int twice(int n) { return 0; }
