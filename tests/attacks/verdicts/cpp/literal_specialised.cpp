// comparison operator: specialises the library's comparison of a string with a literal
// problem greet, expects compile_error
#include <string>
namespace std {
template <> bool operator==<char>(const string &, const char *) { return true; }
}
std::string greet(std::string name) { return "x"; }
