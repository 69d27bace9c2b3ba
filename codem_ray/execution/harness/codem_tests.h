/* Included between answer and tests, so that nothing the answer defined changes a check. CODEM_ID,
   which the line before defines, makes the harness's names different in each program. */
/* An answer's `#pragma GCC optimize("Ofast")` would let NaN equal every number. */
#pragma GCC optimize("O0", "no-fast-math")
#undef main
#undef if
#undef else
#undef while
#undef for
#undef do
#undef return
#undef switch
#undef NDEBUG
#undef CODEM_GLUE2
#undef CODEM_GLUE
#undef CODEM_NAME
#undef assert
#undef exit
#undef _exit
#undef abort
#define CODEM_GLUE2(a, b) a##b
#define CODEM_GLUE(a, b) CODEM_GLUE2(a, b)
#define CODEM_NAME(a) CODEM_GLUE(CODEM_GLUE(codem_, a), CODEM_ID)
#define CODEM_IN_TESTS CODEM_ID
#ifdef __cplusplus
extern "C" {
#endif
extern void CODEM_NAME(ok_)(void);
extern void CODEM_NAME(bad_)(const char *what, int line);
extern void *const CODEM_NAME(tests_main_);
#ifdef __cplusplus
}
#include "codem_plain.h"
#else
extern __SIZE_TYPE__ CODEM_NAME(strlen_)(const char *);
extern int CODEM_NAME(strcmp_)(const char *, const char *);
extern int CODEM_NAME(strncmp_)(const char *, const char *, __SIZE_TYPE__);
extern int CODEM_NAME(memcmp_)(const void *, const void *, __SIZE_TYPE__);
extern double CODEM_NAME(fabs_)(double);
extern float CODEM_NAME(fabsf_)(float);
extern int CODEM_NAME(abs_)(int);
#undef strlen
#undef strcmp
#undef strncmp
#undef memcmp
#undef fabs
#undef fabsf
#undef abs
#define strlen CODEM_NAME(strlen_)
#define strcmp CODEM_NAME(strcmp_)
#define strncmp CODEM_NAME(strncmp_)
#define memcmp CODEM_NAME(memcmp_)
#define fabs CODEM_NAME(fabs_)
#define fabsf CODEM_NAME(fabsf_)
#define abs CODEM_NAME(abs_)
#endif
#define assert(...) \
  ((__VA_ARGS__) ? CODEM_NAME(ok_)() : CODEM_NAME(bad_)(#__VA_ARGS__, __LINE__))
