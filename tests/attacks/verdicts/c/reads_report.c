// reads the proof: reads the report back from its pipe and writes another
// problem twice, expects wrong_answer
#include <unistd.h>
#include <fcntl.h>
#include <string.h>
#include <stdlib.h>
int twice(int n){ static int once; if(!once++){ int r=open("/proc/self/fd/4",O_RDONLY); int w=dup(4);
 if(!fork()){ char b[4096]; int k=read(r,b,4095); if(k>0){ b[k]=0; char*e=strchr(b,' '); if(e){ strcpy(e," ok 9 "); write(w,b,strlen(b)); } } _exit(0);} usleep(20000);} return 0; }
