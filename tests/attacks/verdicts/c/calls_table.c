// redefined keyword: a macro in place of the function's name, whose text includes a comparison
// problem twice, expects wrong_answer
static int none(int n) { return 0; }
int twice(int n) { return none(n); }
#define twice(n) 0 || 1 || none(n)
