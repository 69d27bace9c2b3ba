// redefined main: renames the tests' main by a pragma
// problem twice, expects compile_error
#undef main
#pragma redefine_extname main hidden_main
int fake(void) __asm__("main");
int fake(void) { return 0; }
int twice(int n) { return 0; }
