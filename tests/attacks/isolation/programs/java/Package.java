// attack: takes a neighbour's package | expect: compile_error
/* a comment before it */ package u1;

class Solution {
    public int twice(int n) {
        return 2 * n;
    }
}
