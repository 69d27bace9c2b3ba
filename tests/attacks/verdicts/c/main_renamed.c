// redefined main: gives the tests' main another symbol and defines another main
// problem twice, expects wrong_answer
#undef main
int main(void) __asm__("hidden_main");
int fake(void) __asm__("main");
#ifdef CODEM_NAME
int fake(void) { CODEM_NAME(ok_)(); return 0; }
#else
int fake(void) { return 0; }
#endif
int twice(int n) { return 0; }
