// comparison operator: returns an object that equals every vector
// problem double_all, expects compile_error
#include <vector>
struct Yes {
  operator std::vector<int>() const { return {}; }
};
template <class T> bool operator==(const Yes &, const T &) { return true; }
Yes double_all(std::vector<int> items) { return {}; }
