// exit handler: a destructor that ends the process with status 0
// problem twice, expects wrong_answer
#include <unistd.h>
__attribute__((destructor)) static void last(void) { _exit(0); }
int twice(int n) { return 0; }
