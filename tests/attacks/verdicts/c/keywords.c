// redefined keyword: redefines if, return, int and sizeof for the tests
// problem twice, expects wrong_answer
int twice(int n) { return 0; }
#define if while (0) if
#define return ; (void)
#define sizeof(x) 0
