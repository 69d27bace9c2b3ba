// comparison operator: a function whose label is the comparison of vectors
// problem double_all, expects compile_error
#include <vector>
extern "C" bool same(const void *, const void *)
    __asm__("_ZSteqIiSaIiEEbRKSt6vectorIT_T0_ES6_");
bool same(const void *, const void *) { return true; }
std::vector<int> double_all(std::vector<int> items) { return std::vector<int>(items.size()); }
