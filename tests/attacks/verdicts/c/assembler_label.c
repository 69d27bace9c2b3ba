// changes the assembler: a macro in the label of a variable
// problem twice, expects compile_error
int x __asm__("x\n.macro jne l\n.endm\n#");
int x = 1;
int twice(int n) { return 0; }
