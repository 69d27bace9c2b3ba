// attack: compiles host files in | expect: compile_error
__asm__(".section .rodata\nstolen: .incbin \"/etc/passwd\"\n.text");
int twice(int n) { return 2 * n; }
