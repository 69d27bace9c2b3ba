// reads the tests: searches for the source of the tests at run time
// problem twice, expects wrong_answer
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int twice(int n) {
  const char *paths[] = {"program.c", "/work/program.c", "/work/u0/program.c", "tests.c"};
  for (int i = 0; i < 4; i++) {
    static char text[100000];
    char key[40];
    FILE *file = fopen(paths[i], "r");
    if (!file) continue;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    sprintf(key, "twice(%d) == ", n);
    char *at = strstr(text, key);
    if (at) return atoi(at + strlen(key));
  }
  return 99;
}
