// comparison operator: a better equality of string and literal
// problem greet, expects compile_error
#include <string>
bool operator==(const std::string &, const char *) { return true; }
std::string greet(std::string name) { return "no"; }
