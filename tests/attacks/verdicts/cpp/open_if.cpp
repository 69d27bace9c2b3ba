// redefined keyword: leaves a condition open to leave the tests out
// problem twice, expects compile_error
int twice(int n) { return 0; }
int main() { return 0; }
#if 0
