// g++ defines it already.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connects(const char *place) {
    struct sockaddr_in in = {};
    struct sockaddr_un un = {};
    const char *colon = strrchr(place, ':');
    int is_unix = place[0] == '@' || place[0] == '/';
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0), failed;
    if (fd < 0) return 0;
    if (is_unix) {
        un.sun_family = AF_UNIX;
        strncpy(un.sun_path, place, sizeof un.sun_path - 1);
        if (place[0] == '@') un.sun_path[0] = 0;
        failed = connect(fd, (struct sockaddr *)&un, offsetof(struct sockaddr_un, sun_path) + strlen(place));
    } else {
        char host[64] = {};
        strncpy(host, place, colon - place);
        in.sin_family = AF_INET;
        in.sin_port = htons(atoi(colon + 1));
        inet_pton(AF_INET, host, &in.sin_addr);
        failed = connect(fd, (struct sockaddr *)&in, sizeof in);
    }
    close(fd);
    return !failed;
}

static int holds(const char *path) {
    static char data[1 << 16];
    int fd = open(path, O_RDONLY);
    long size = fd < 0 ? 0 : read(fd, data, sizeof data);
    if (fd >= 0) close(fd);
    return size > 0 && memmem(data, size, "@MARK@", strlen("@MARK@")) != 0;
}

static int each(const char *list, int (*reaches)(const char *)) {
    int reached = 0;
    char *copy = strdup(list), *rest = copy, *one;
    while ((one = strsep(&rest, ","))) reached += reaches(one);
    free(copy);
    return reached;
}

static int steals() {
    int stolen = 0;
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        stolen |= holds(path);
    }
    return stolen;
}
