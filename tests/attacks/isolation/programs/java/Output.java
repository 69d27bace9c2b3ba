// attack: 1 GB of output | expect: output_limit
class Solution {
    public int twice(int n) {
        String block = "x".repeat(1 << 20);
        for (int i = 0; i < 1024; i++) {
            System.out.print(block);
            System.err.print(block);
        }
        return 2 * n;
    }
}
