// library replaced: a static function whose label is the library's comparison of strings with literals
// problem greet, expects compile_error
#include <string>
static __attribute__((used)) bool same(const std::string &, const char *) __asm__(
    "_ZSteqIcSt11char_traitsIcESaIcEEbRKNSt7__cxx1112basic_stringIT_T0_T1_EEPKS5_");
static bool same(const std::string &, const char *) { return true; }
std::string greet(std::string name) { return "x"; }
