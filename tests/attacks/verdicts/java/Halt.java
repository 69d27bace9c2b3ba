// early exit: Runtime.halt(0) inside the call
// problem twice, expects runtime_error
class Solution { public int twice(int n) { Runtime.getRuntime().halt(0); return 0; } }
