// patched library: another interface List in the tests' package
// problem twice, expects wrong_answer
interface List<T> { boolean contains(Object o); }
class Arrays { static <T> List<T> asList(T... items) { return o -> false; } }
class Solution { public int twice(int n) { return 0; } }
