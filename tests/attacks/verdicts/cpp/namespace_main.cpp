// redefined main: opens a namespace around the tests
// problem twice, expects compile_error
int twice(int n) { return 0; }
namespace hidden {
