/* What stands between answer and tests: nothing that the answer defined may change a check. */
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
#define assert(...)                                                                    \
  (static_cast<bool>(__VA_ARGS__) ? CODEM_NAME(ok_)() : CODEM_NAME(bad_)(#__VA_ARGS__, __LINE__))
#else
#define assert(...) \
  ((__VA_ARGS__) ? CODEM_NAME(ok_)() : CODEM_NAME(bad_)(#__VA_ARGS__, __LINE__))
#endif
