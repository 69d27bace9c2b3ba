// redefined main: gives the tests' main another symbol and defines another main
// problem twice, expects wrong_answer
#undef main
int main() __asm__("hidden_main");
extern "C" int fake() __asm__("main");
extern "C" int fake() { return 0; }
int twice(int n) { return 0; }
