// redefined main: defines the harness's wrapper itself
// problem twice, expects compile_error
int __wrap_main(int c, char **v, char **e) { return 0; }
int twice(int n) { return 0; }
