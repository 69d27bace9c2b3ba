// attack: crashes the compiler | expect: contained | alone
class Solution {
    public int twice(int n) {
        return @EXPRESSION@n;
    }
}
