// attack: 1 GB of output | expect: output_limit
#include <iostream>
#include <string>
#include <vector>
int twice(std::vector<int> v) {
    std::string block(1 << 20, 'x');
    for (int i = 0; i < 512; i++) {
        std::cout << block << std::flush;
        std::cerr << block << std::flush;
    }
    return 2;
}
