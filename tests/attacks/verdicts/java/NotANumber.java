// comparison operator: not-a-number where the tests look at a difference
// problem half, expects PENDING
class Solution { public double half(int n) { return Double.NaN; } }
