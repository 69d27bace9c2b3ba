// changes the assembler: a macro after #NO_APP, which would end the inline assembly
// problem twice, expects compile_error
asm("nop\n#NO_APP\n\t.macro jne l\n\t.endm");
int twice(int n) { return 0; }
