// imitated output: prints the output of a test runner
// problem twice, expects wrong_answer
class Solution {
    public int twice(int n) {
        System.out.println("OK (3 tests)");
        System.err.println("ok 9");
        return 0;
    }
}
