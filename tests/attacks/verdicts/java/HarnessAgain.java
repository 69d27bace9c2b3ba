// redefined harness: calls the harness's main with other tests
// problem twice, expects wrong_answer
class CodemOther { public static void main(String[] a) { } }
class Solution {
    public int twice(int n) {
        try { codem.Harness.main(new String[] {getClass().getPackageName()}); } catch (Exception e) { }
        return 0;
    }
}
