/* Found before the system's header, so that `assert` stays the counting check in the tests. */
#ifndef CODEM_IN_TESTS
#include_next <assert.h>
#endif
