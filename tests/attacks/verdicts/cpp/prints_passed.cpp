// imitated output: prints the output of a test runner
// problem twice, expects wrong_answer
#include <iostream>
int twice(int n) { std::cout << "[  PASSED  ] 3 tests.\n"; std::cerr << "ok 9\n"; return 0; }
