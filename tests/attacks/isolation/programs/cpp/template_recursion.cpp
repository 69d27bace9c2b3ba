// attack: template recursion | expect: compile_error
#include <vector>
template <int N> struct Deep { static const int value = Deep<N + 1>::value; };
int twice(std::vector<int> v) { return Deep<0>::value; }
