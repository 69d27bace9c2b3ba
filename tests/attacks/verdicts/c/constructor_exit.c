// static initialiser: a constructor that ends the program
// problem twice, expects runtime_error
#include <unistd.h>
__attribute__((constructor)) static void early(void) { _exit(0); }
int twice(int n) { return 0; }
