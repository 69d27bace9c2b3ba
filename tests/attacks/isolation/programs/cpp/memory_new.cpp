// attack: memory bomb | expect: memory_limit, timeout | alone
#include <vector>
static std::vector<std::vector<char>> held;
int twice(std::vector<int> v) {
    for (;;) held.emplace_back(16 << 20, 'x');
}
