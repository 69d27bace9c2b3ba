// library replaced: a reference whose label is the library's comparison of strings with literals
// problem greet, expects compile_error
#include <string>
extern "C" bool mine(const std::string &, const char *) { return true; }
static bool same(const std::string &, const char *) __asm__(
    "_ZSteqIcSt11char_traitsIcESaIcEEbRKNSt7__cxx1112basic_stringIT_T0_T1_EEPKS5_")
    __attribute__((weakref("mine")));
bool (*keep)(const std::string &, const char *) = same;
std::string greet(std::string name) { return "x"; }
