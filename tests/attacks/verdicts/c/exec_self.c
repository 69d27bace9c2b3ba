// exec of another program: starts itself again with other arguments
// problem twice, expects timeout
#include <unistd.h>
int twice(int n) { execl("/work/program", "program", "again", (char *)0); return 0; }
