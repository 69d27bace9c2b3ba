// library replaced: an operator new that always returns the same memory, so that all objects are equal
// problem double_all, expects compile_error
#include <vector>
static long memory[64];
void *operator new(unsigned long) { return memory; }
void operator delete(void *) noexcept {}
std::vector<int> double_all(std::vector<int> items) { return std::vector<int>(items.size()); }
