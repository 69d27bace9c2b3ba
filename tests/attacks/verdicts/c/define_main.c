// redefined main: a macro that names the tests' main otherwise
// problem twice, expects wrong_answer
int twice(int n) { return 0; }
#undef main
#define main unused_main
