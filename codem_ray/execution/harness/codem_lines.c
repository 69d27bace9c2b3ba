/* Copies a program's assembly if a compiler could have written every line of it. Answer and tests are
   one file, so assembler macros or open comments of the answer would change the tests after it.
   Checking the compiler's output covers every spelling of `asm`, labels and names of sections.

     codem_lines FROM TO NAME...

   No symbol may be called NAME. A symbol given as -NAME becomes local, so that only the answer's own
   calls reach it. A symbol given as =NAME must not be local, so that the linker reports a second
   definition. The same holds for symbols of the C++ library: by a label, an answer could give such a
   name to its own function, and the tests would call it. */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char **names;
static int num_names;

static const char *const directives[] = {
    "text", "data", "bss", "section", "previous", "size", "type", "align", "p2align", "balign",
    "globl", "global", "local", "weak", "weakref", "hidden", "internal", "protected", "comm", "lcomm",
    "set", "byte", "value", "short", "hword", "2byte", "word", "long", "int", "4byte", "quad", "xword",
    "8byte", "dword", "octa", "zero", "skip", "space", "string", "ascii", "asciz", "base64", "file",
    "ident", "loc", "uleb128", "sleb128", "float", "double", "arch", "cpu", "inst", "variant_pcs",
    "nop", "gnu_attribute", 0};

static int is_name(unsigned char c) { return isalnum(c) || c == '_' || c == '.' || c == '$' || c >= 128; }

static const char *blanks(const char *at) {
  while (*at == ' ' || *at == '\t') at++;
  return at;
}

/* A hash table of the names that were declared global so far. */
static char **globals;
static size_t num_globals, room_for_globals;

static size_t place_of(const char *at, size_t size) {
  size_t hash = 5381;
  for (size_t i = 0; i < size; i++) hash = hash * 33 + (unsigned char)at[i];
  size_t place = room_for_globals ? hash % room_for_globals : 0;
  while (room_for_globals && globals[place] &&
         (strncmp(globals[place], at, size) || globals[place][size]))
    place = (place + 1) % room_for_globals;
  return place;
}

static size_t size_of(const char *at) {
  size_t size = 0;
  while (is_name(at[size])) size++;
  return size;
}

static void add_global(const char *at) {
  if (2 * num_globals >= room_for_globals) {
    char **old = globals;
    size_t room = room_for_globals;
    room_for_globals = room ? 2 * room : 1024;
    globals = calloc(room_for_globals, sizeof *globals);
    if (!globals) exit(2);
    for (size_t i = 0; i < room; i++)
      if (old[i]) globals[place_of(old[i], strlen(old[i]))] = old[i];
    free(old);
  }
  size_t size = size_of(at), place = place_of(at, size);
  if (globals[place]) return;
  if (!(globals[place] = strndup(at, size))) exit(2);
  num_globals++;
}

static int is_global(const char *at) {
  return room_for_globals && globals[place_of(at, size_of(at))] != 0;
}

/* Returns whether a name belongs to the C++ library or is operator new or delete, except names that a
   compiler makes local: members of a function or unnamed namespace, or parts of a function. */
static int is_of_library(const char *at) {
  static const char *const begins[] = {"_ZS", "_ZNS", "_ZNKS", "_ZN9__gnu", "_ZNK9__gnu", "_Znw",
                                       "_Zna", "_Zdl", "_Zda", 0};
  int i = 0;
  while (begins[i] && strncmp(at, begins[i], strlen(begins[i]))) i++;
  if (!begins[i]) return 0;
  size_t size = size_of(at);
  for (size_t c = 2; c < size; c++) {
    if (at[c] == 'Z' || at[c] == '.' || (at[c] == 'L' && isdigit((unsigned char)at[c + 1]))) return 0;
    if (!strncmp(at + c, "_GLOBAL__N_", 11) || !strncmp(at + c, "Ul", 2) ||
        !strncmp(at + c, "Ut_", 3))
      return 0;
  }
  return 1;
}

/* Returns 1 for a forbidden name, 2 for one that becomes local, 3 for one that must not be local. */
static int listed(const char *at) {
  size_t size = size_of(at);
  for (int i = 0; i < num_names; i++) {
    const char *name = names[i];
    int kind = *name == '-' ? 2 : *name == '=' ? 3 : 1;
    name += kind > 1;
    if (strlen(name) == size && !strncmp(name, at, size)) return kind;
  }
  return 0;
}

/* Returns whether a symbol of that name would be called in place of the library's. */
static int is_false(const char *at) {
  int kind = listed(at);
  return kind == 1 || (!is_global(at) && (kind == 3 || is_of_library(at)));
}

static int is_text(const char *at) {
  at = blanks(at);
  while (isdigit((unsigned char)*at)) at++;
  at = blanks(at);
  if (*at != '"') return 0;
  for (at++; *at && *at != '"'; at++)
    if (*at == '\\' && !*++at) return 0;
  return *at == '"' && !*blanks(at + 1);
}

static int is_plain(const char *at) {
  return !strpbrk(at, "\"\\`;'") && !strstr(at, "/*");
}

static int is_section(const char *at) {
  /* The name of a section, then flags in quotes. */
  const char *open = strchr(at, '"');
  if (!open) return is_plain(at);
  const char *close = strchr(open + 1, '"');
  if (!close || strpbrk(close + 1, "\"\\`;'") || strstr(at, "/*")) return 0;
  for (const char *c = at; c < open; c++)
    if (strchr("\\`;'", *c)) return 0;
  for (const char *c = open + 1; c < close; c++)
    if (!isalnum((unsigned char)*c) && *c != '?') return 0;
  return 1;
}

/* Returns whether a line, up to `;`, is an instruction. */
static int is_instruction(const char *at) {
  const char *word = at;
  if (!isalpha((unsigned char)*at)) return 0;
  while (isalnum((unsigned char)*at) || *at == '_' || (*at == '.' && at > word)) at++;
  if (*at && *at != ' ' && *at != '\t' && *at != ';') return 0;
  at = blanks(at);
  if (*at == ':' || *at == '=') return 0;
  for (; *at && *at != ';'; at++) {
    /* `.` as an operand is a jump over the following code. */
    if (*at == '.' && !is_name(at[-1]) && !is_name(at[1])) return 0;
  }
  return 1;
}

enum { KEEP, DROP, REFUSE };

static int judge(const char *line, int *is_asm) {
  const char *at = blanks(line);
  for (const char *c = line; *c; c++)
    if ((unsigned char)*c < ' ' && *c != '\t') return REFUSE;
  if (!*at) return KEEP;
  if (*at == '#') {
    if (!strcmp(at, "#APP")) *is_asm = 1;
    if (!strcmp(at, "#NO_APP")) *is_asm = 0;
    if (is_plain(at)) return KEEP;
    const char *text = at + 1;
    return !strchr(at, '\\') && strlen(at) > 4 && strrchr(at, '"') == strchr(strchr(at, '"') + 1, '"') &&
                   isdigit((unsigned char)*blanks(text))
               ? KEEP
               : REFUSE;
  }
  if (*is_asm) {
    /* Inline assembly of the answer may hold instructions only. */
    if (strpbrk(at, "\"\\`'#") || strstr(at, "/*") || strstr(at, "//")) return REFUSE;
    for (;;) {
      at = blanks(at);
      if (*at && *at != ';' && !is_instruction(at)) return REFUSE;
      if (!(at = strchr(at, ';'))) return KEEP;
      at++;
    }
  }
  const char *end = at;
  while (is_name(*end)) end++;
  if (end > at && *end == ':' && !*blanks(end + 1)) return is_false(at) ? REFUSE : KEEP;
  if (*at != '.') return is_plain(at) && is_instruction(at) ? KEEP : REFUSE;
  at++;
  const char *rest = blanks(end);
  size_t size = end - at;
  int is_known = size > 4 && !strncmp(at, "cfi_", 4);
  for (int i = 0; directives[i] && !is_known; i++)
    is_known = strlen(directives[i]) == size && !strncmp(at, directives[i], size);
  if (!is_known || *rest == '=' || *rest == ':') return REFUSE;
#define IS(word) (size == sizeof word - 1 && !strncmp(at, word, size))
  if (IS("string") || IS("ascii") || IS("asciz") || IS("base64") || IS("file") || IS("ident"))
    return is_text(rest) ? KEEP : REFUSE;
  if (IS("section")) return is_section(rest) ? KEEP : REFUSE;
  if (!is_plain(rest)) return REFUSE;
  if (IS("set") || IS("comm") || IS("lcomm") || IS("weakref"))
    return listed(rest) || is_false(rest) ? REFUSE : KEEP;
  if (IS("globl") || IS("global") || IS("weak")) {
    /* A label may contain a comma, and the rest would be taken for a second name. */
    if (*blanks(rest + size_of(rest))) return REFUSE;
    if (listed(rest) == 2) return DROP;
    add_global(rest);
  }
  return KEEP;
}

/* Opens regular files only: opening a FIFO would wait for another process. */
static FILE *plain_file(const char *path, int flags, const char *mode) {
  struct stat status;
  int file = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  return file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode) ? fdopen(file, mode) : 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FILE *from = plain_file(argv[1], O_RDONLY, "r");
  FILE *to = from ? plain_file(argv[2], O_WRONLY | O_CREAT | O_TRUNC, "w") : 0;
  if (!to) {
    fprintf(stderr, "codem_lines: the compiler left no file that can be read\n");
    return 2;
  }
  unlink(argv[1]); /* Frees space for the copy. */
  names = argv + 3;
  num_names = argc - 3;
  char *line = 0;
  size_t room = 0;
  int is_asm = 0;
  for (ssize_t size; (size = getline(&line, &room, from)) >= 0;) {
    if (size && line[size - 1] == '\n') line[size - 1] = 0;
    int verdict = (ssize_t)strlen(line) < size - 1 ? REFUSE : judge(line, &is_asm);
    if (verdict == REFUSE) {
      fprintf(stderr,
              "answer: error: its code for the assembler, or a function of the library's name, would "
              "change the tests: %.200s\n", line);
      return 1;
    }
    if (verdict == KEEP && (fputs(line, to) < 0 || putc('\n', to) < 0)) return 2;
  }
  return ferror(from) || fclose(to) ? 2 : 0;
}
