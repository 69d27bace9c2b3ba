// changes the assembler: a macro in capitals after an instruction, by an asm keyword that is pasted together
// problem twice, expects compile_error
#define WORD(a, b) a##b
int twice(int n) { return 0; }
WORD(as, m)("nop; .MACRO jne l\n.endm\n");
