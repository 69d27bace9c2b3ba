// exit handler: an exit handler that ends the process with status 0
// problem twice, expects wrong_answer
#include <stdlib.h>
#include <unistd.h>
static void last(void) { if (write(4, "x ok 9 ", 7)) {} _exit(0); }
__attribute__((constructor)) static void early(void) { atexit(last); }
int twice(int n) { return 0; }
