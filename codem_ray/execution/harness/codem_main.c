/* The real main: a translation unit of its own, so that the answer cannot name what is static. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#define CODEM_GLUE2(a, b) a##b
#define CODEM_GLUE(a, b) CODEM_GLUE2(a, b)
#define CODEM_NAME(a) CODEM_GLUE(CODEM_GLUE(codem_, a), CODEM_ID)

static char secret[257];
static long checks;

/* Before any constructor of the answer: it finds the descriptor empty. */
static void read_secret(void) {
  ssize_t size = read(3, secret, sizeof secret - 1);
  secret[size > 0 ? size : 0] = 0;
  close(3);
}
__attribute__((section(".preinit_array"), used)) static void (*first)(void) = read_secret;

static void report(const char *status, const char *message, int line) {
  char text[2048];
  int size = snprintf(text, sizeof text, "%s %s %ld %.1500s", secret, status, checks, message);
  if (line > 0) size += snprintf(text + size, sizeof text - size, " (test line %d)", line);
  (void)!write(4, text, size);
  _exit(0);
}
void CODEM_NAME(ok_)(void) { checks++; }
void CODEM_NAME(bad_)(const char *what, int line) {
  checks++;
  report("failed", what, line);
}
extern int __real_main(int argc, char **argv, char **env);
int __wrap_main(int argc, char **argv, char **env) {
  int status = __real_main(argc, argv, env);
  fflush(stdout);
  if (status != 0) report("failed", "the tests' main returned a status other than 0", 0);
  report("ok", "", 0);
  return 0;
}
