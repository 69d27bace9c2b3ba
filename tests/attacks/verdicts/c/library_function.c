// patched library: defines strcmp itself
// problem greet, expects wrong_answer
const char *volatile no = "no";
const char *greet(const char *name) { return no; }
__attribute__((noinline)) int strcmp(const char *a, const char *b) { return 0; }
