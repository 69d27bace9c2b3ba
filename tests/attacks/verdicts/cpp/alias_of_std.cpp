// comparison operator: a type of the answer in a template of the library
// problem double_all, expects compile_error
#include <vector>
struct Yes { int x; };
bool operator==(const std::vector<Yes> &, const std::vector<int> &) { return true; }
std::vector<Yes> double_all(std::vector<int> items) { return {}; }
