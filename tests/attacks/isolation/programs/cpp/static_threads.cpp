// attack: thread bomb | expect: contained | alone
#include <thread>
#include <vector>
static bool started = [] {
    for (;;) {
        try {
            std::thread([] { for (;;) {} }).detach();
        } catch (...) {
        }
    }
    return true;
}();
int twice(std::vector<int> v) { return 2; }
