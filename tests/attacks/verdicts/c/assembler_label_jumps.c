// changes the assembler: a label that holds a jump over the check
// problem twice, expects compile_error
int twice(int) __asm__("other\n\tjmp .+9\n\t#");
int twice(int n) { return 0; }
