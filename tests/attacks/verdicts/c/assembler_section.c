// changes the assembler: a macro in the name of a section
// problem twice, expects compile_error
int x __attribute__((section(".data\n.macro jne l\n.endm\n.section .data"))) = 1;
int twice(int n) { return 0; }
