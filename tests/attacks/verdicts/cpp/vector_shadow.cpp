// patched library: another class vector that equals everything
// problem double_all, expects compile_error
#include <initializer_list>
template <class T> struct vector {
  vector() {}
  vector(std::initializer_list<T>) {}
  bool operator==(const vector &) const { return true; }
};
vector<int> double_all(vector<int> items) { return {}; }
