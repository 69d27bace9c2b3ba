// attack: compiles host files in | expect: compile_error
__asm__(".include \"/etc/passwd\"");
int twice(int n) { return 2 * n; }
