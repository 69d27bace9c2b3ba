// patched library: another class Math in the tests' package
// problem half, expects wrong_answer
class Math { static double abs(double x) { return 0; } }
class Solution { public double half(int n) { return 99; } }
