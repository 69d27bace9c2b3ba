// redefined keyword: ends its class by an escape and opens a class around the following text
// problem twice, expects compile_error
class Solution { public int twice(int n) { return 0; } \u007d
class Rest { /* \u002a
