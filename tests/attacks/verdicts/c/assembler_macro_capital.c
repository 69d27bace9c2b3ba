// changes the assembler: the same after an instruction, in capitals, in a word put together
// problem twice, expects compile_error
#define WORD(a, b) a##b
int twice(int n) { return 0; }
WORD(as, m)("nop; .MACRO jne l\n.endm\n");
