// changes the assembler: a macro in the name of a file
// problem twice, expects compile_error
int twice(int n) {
#line 1 "a\n.macro jne l\n.endm\n#"
  __asm__("nop");
  return 0;
}
