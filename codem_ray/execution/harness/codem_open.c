/* Runs a command with a file as standard input that no other process can read.

     codem_open FILE COMMAND ARGUMENT...

   FILE has mode 0 and becomes readable only while it is opened here. Otherwise an assembler could
   include it in a program by its name. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (chmod(argv[1], 0400)) {
    perror(argv[1]);
    return 2;
  }
  int fd = open(argv[1], O_RDONLY | O_NOFOLLOW);
  if (chmod(argv[1], 0) || fd < 0 || dup2(fd, 0) < 0 || close(fd)) {
    perror(argv[1]);
    return 2;
  }
  execv(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
