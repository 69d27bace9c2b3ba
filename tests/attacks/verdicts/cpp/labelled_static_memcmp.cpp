// library replaced: a static function whose label is memcmp
// problem greet, expects compile_error
#include <string>
static __attribute__((used)) int none(const void *, const void *, unsigned long) __asm__("memcmp");
static int none(const void *, const void *, unsigned long) { return 0; }
std::string greet(std::string name) { return std::string(name.size() + 7, 'x'); }
