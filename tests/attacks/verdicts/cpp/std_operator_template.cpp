// comparison operator: an equality template for every pair of types
// problem double_all, expects compile_error
#include <vector>
template <class A, class B> bool operator==(const A &, B &&) { return true; }
std::vector<int> double_all(std::vector<int> items) { return {}; }
