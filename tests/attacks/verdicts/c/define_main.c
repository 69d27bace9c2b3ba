// redefined main: a macro that renames the tests' main
// problem twice, expects wrong_answer
int twice(int n) { return 0; }
#undef main
#define main unused_main
