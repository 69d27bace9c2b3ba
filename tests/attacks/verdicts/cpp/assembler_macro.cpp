// changes the assembler: a macro named as a jump, so that no check of the tests fails
// problem twice, expects compile_error
int twice(int n) { return 0; }
asm(".macro jne l\n.endm\n.macro je l\njmp \\l\n.endm\n");
