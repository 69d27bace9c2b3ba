// comparison operator: a function whose label is the comparison of strings
// problem greet, expects compile_error
#include <string>
extern "C" int same(const void *, const char *)
    __asm__("_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE7compareEPKc");
int same(const void *, const char *) { return 0; }
std::string greet(std::string name) { return "no"; }
