// library replaced: a function whose label is the library's strlen, so that literals are empty
// problem greet, expects compile_error
#include <string>
extern "C" unsigned long none(const char *) __asm__("strlen");
unsigned long none(const char *) { return 0; }
std::string greet(std::string name) { return std::string(); }
