// attack: declares a neighbour's package | expect: compile_error
/* a comment before it */ \u0070ackage u1;

class Solution {
    public int twice(int n) {
        return 2 * n;
    }
}
