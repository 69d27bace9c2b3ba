// redefined keyword: a macro in place of static_cast
// problem twice, expects wrong_answer
template <class T, class U> bool always(U &&) { return true; }
template <class T> bool always(...) { return true; }
int twice(int n) { return 0; }
#define static_cast always
