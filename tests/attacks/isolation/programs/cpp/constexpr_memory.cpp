// attack: huge constants | expect: contained | alone
#include <array>
#include <vector>
constexpr std::array<int, 100000000> make() {
    std::array<int, 100000000> all{};
    for (int i = 0; i < 100000000; i++) all[i] = i;
    return all;
}
constexpr auto all = make();
int twice(std::vector<int> v) { return all[v[0]] + 2; }
