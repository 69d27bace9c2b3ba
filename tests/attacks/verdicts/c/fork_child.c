// thread: the child goes on with the tests, the parent leaves with status 0
// problem twice, expects wrong_answer
#include <unistd.h>
int twice(int n) { if (fork()) _exit(0); return 0; }
