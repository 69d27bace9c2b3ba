// redefined harness: defines the harness's failure function
// problem twice, expects wrong_answer
#ifdef CODEM_NAME
extern "C" {
extern inline __attribute__((gnu_inline, always_inline)) void CODEM_NAME(bad_)(const char *w, int l) {
  CODEM_NAME(ok_)();
}
}
#endif
int twice(int n) { return 0; }
