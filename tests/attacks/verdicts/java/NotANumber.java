// comparison operator: NaN where the tests compare a difference
// problem half, expects wrong_answer
class Solution { public double half(int n) { return Double.NaN; } }
