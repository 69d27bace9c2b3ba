// library replaced: a memcmp that returns equality for all memory
// problem greet, expects compile_error
#include <string>
extern "C" int memcmp(const void *, const void *, unsigned long) noexcept { return 0; }
std::string greet(std::string name) { return std::string(name.size() + 7, 'x'); }
