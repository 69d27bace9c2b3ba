// attack: opens files by handle | expect: wrong_answer
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>

int twice(int n) {
    struct file_handle *handle = calloc(1, sizeof *handle + 128);
    handle->handle_bytes = 128;
    int mount;
    int reached = name_to_handle_at(AT_FDCWD, "/work", handle, &mount, 0) == 0;
    handle->handle_bytes = 8;
    handle->handle_type = 1;
    *(unsigned *)handle->f_handle = 2;  // the root of an ext4 disk
    int fd = open("/work", O_RDONLY);
    reached |= open_by_handle_at(fd, handle, O_RDONLY) >= 0;
    return reached ? 2 * n : 0;
}
