// comparison operator: a number that defines subtraction and abs
// problem half, expects compile_error
struct Number { };
Number half(int n) { return {}; }
Number operator-(Number a, double) { return a; }
double abs(Number) { return 0; }
double fabs(Number) { return 0; }
