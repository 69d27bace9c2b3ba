// redefined keyword: leaves a function's body open around the tests
// problem twice, expects compile_error
int main() { return 0; }
int twice(int n) { return 0;
