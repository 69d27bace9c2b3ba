// static initialiser: a static block that ends the program
// problem twice, expects runtime_error
class Solution {
    static { Runtime.getRuntime().halt(0); }
    public int twice(int n) { return 0; }
}
