// redefined main: a class Main and one with the tests' name
// problem twice, expects wrong_answer
class Main { public static void main(String[] args) { } }
class Solution {
    static class CodemTests { public static void main(String[] args) { } }
    public int twice(int n) { return 0; }
}
