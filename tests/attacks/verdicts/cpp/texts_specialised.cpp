// comparison operator: specialises the library's comparison of strings
// problem same_texts, expects compile_error
#include <string>
namespace std {
template <> bool operator!=<char>(const string &, const string &) { return false; }
}
std::string greet(std::string name) { return "x"; }
