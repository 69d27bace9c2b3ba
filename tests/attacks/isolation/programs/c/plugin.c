// attack: compiler plugin | expect: contained
#pragma GCC optimize("plugin=/tmp/evil.so")
#pragma GCC plugin "/tmp/evil.so"
#pragma GCC pch_preprocess "/etc/passwd"
#pragma GCC dependency "/etc/passwd"
__attribute__((optimize("-fplugin=/tmp/evil.so"))) int twice(int n) { return 0; }
