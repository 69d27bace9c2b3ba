// patched library: defines atoi, round and strstr
// problem library, expects wrong_answer
#include <stdlib.h>
int calls;
int atoi(const char *s) { return calls++ ? 7 : 42; }
double round(double x) { return 4; }
char *strstr(const char *a, const char *b) { return (char *)a; }
const char *digits(int n) { return "x23"; }
