// redefined keyword: ends its class by an escape and opens one around what follows
// problem twice, expects compile_error
class Solution { public int twice(int n) { return 0; } \u007d
class Rest { /* \u002a
