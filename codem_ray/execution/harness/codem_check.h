/* What stands before the answer. CODEM_ID makes every name of ours new in each program. */
#ifndef CODEM_ID
#error "CODEM_ID is given on the command line"
#endif
#define CODEM_GLUE2(a, b) a##b
#define CODEM_GLUE(a, b) CODEM_GLUE2(a, b)
#define CODEM_NAME(a) CODEM_GLUE(CODEM_GLUE(codem_, a), CODEM_ID)
#ifdef __cplusplus
extern "C" {
#endif
extern void CODEM_NAME(ok_)(void);
extern void CODEM_NAME(bad_)(const char *what, int line);
#ifdef __cplusplus
}
#endif
#define main codem_answer_main
