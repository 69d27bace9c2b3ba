// attack: compiles host files in | expect: compile_error
#include "/etc/shadow"
int twice(int n) { return 2 * n; }
