// changes the assembler: a macro after what ends the code that an answer wrote itself
// problem twice, expects compile_error
asm("nop\n#NO_APP\n\t.macro jne l\n\t.endm");
int twice(int n) { return 0; }
