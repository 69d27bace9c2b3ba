// attack: double fork | expect: wrong_answer
#include <cstdlib>
#include <vector>
int twice(std::vector<int> v) {
    std::system("(setsid sh -c 'trap \"\" TERM INT HUP; sleep 100 & sleep 100' &) >/dev/null 2>&1");
    return 1;
}
