// attack: endless constant expression | expect: contained | alone
#include <vector>
constexpr long spin() {
    long sum = 0;
    for (long i = 0; i < 100000; i++)
        for (long j = 0; j < 100000; j++) sum += j;
    return sum;
}
constexpr long forever = spin();
int twice(std::vector<int> v) { return forever; }
