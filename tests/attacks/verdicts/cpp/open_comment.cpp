// redefined keyword: leaves a comment open to swallow the tests
// problem twice, expects compile_error
int twice(int n) { return 0; }
/* the tests are a comment now
