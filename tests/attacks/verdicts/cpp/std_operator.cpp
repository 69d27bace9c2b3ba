// comparison operator: a better equality of vectors in the global namespace
// problem double_all, expects compile_error
#include <vector>
bool operator==(const std::vector<int> &, const std::vector<int> &) { return true; }
std::vector<int> double_all(std::vector<int> items) { return {}; }
