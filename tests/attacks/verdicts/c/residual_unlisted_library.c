// library replaced: a function of its own for one of the library's that we do not list
// problem span, expects passed
typedef __SIZE_TYPE__ size_t;
size_t strspn(const char *text, const char *of) { return 3; }
const char *blanks(int n) { return ""; }
