// redefined keyword: a macro in place of bool and true
// problem twice, expects wrong_answer
struct Always { template <class T> Always(T &&) {} operator bool() const { return 1; } };
int twice(int n) { return 0; }
#define bool Always
