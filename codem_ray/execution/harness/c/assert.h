/* Found before the system's: in the tests `assert` is the counting check and stays it. */
#ifndef CODEM_IN_TESTS
#include_next <assert.h>
#endif
