// comparison operator: returns an object that equals everything
// problem twice, expects compile_error
struct Yes {
  template <class T> bool operator==(const T &) const { return true; }
  template <class T> bool operator!=(const T &) const { return false; }
};
Yes twice(int n) { return {}; }
