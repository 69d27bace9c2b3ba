// redefined assertion: a macro in the assertion's own parameters
// problem twice, expects compile_error
int twice(int n) { return 0; }
#define __VA_ARGS__ true
#define __LINE__ 0
