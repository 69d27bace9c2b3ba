// exec of another program: becomes /bin/true
// problem twice, expects runtime_error
#include <unistd.h>
int twice(int n) { execl("/bin/true", "true", (char *)0); return 0; }
