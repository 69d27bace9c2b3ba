// redefined main: a macro that names the tests' main otherwise
// problem twice, expects PENDING
int twice(int n) { return 0; }
#undef main
#define main unused_main
