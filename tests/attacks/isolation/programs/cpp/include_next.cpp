// attack: compiles host files in | expect: compile_error
#include <vector>
#include <../../../etc/passwd>
#include "../../../../etc/passwd"
int twice(std::vector<int> v) { return 2; }
