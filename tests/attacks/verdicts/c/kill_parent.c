// kills its parent or peer: kill(1), the parent and all
// problem twice, expects wrong_answer
#include <signal.h>
#include <unistd.h>
int twice(int n) { kill(1, 9); kill(getppid(), 9); kill(-1, 9); return 0; }
