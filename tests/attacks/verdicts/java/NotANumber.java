// comparison operator: not-a-number where the tests look at a difference
// problem half, expects wrong_answer
class Solution { public double half(int n) { return Double.NaN; } }
