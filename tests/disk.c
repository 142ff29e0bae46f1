/* Stands between SQLite and the disk, by LD_PRELOAD: writes down what is done to the files of one folder (DISK_FOLDER),
   in its order, into DISK_LOG, and lets a call fail when it is told to. Python calls disk_fail() through ctypes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_to = -2, fails_at = 0, fails_with = 0, calls = 0, stays = 0, unreadable = 0;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The path, if it lies in the folder; never the shared memory, which no crash outlives. */
static const char *watched(const char *path) {
    const char *folder = getenv("DISK_FOLDER");
    if (!folder || strncmp(path, folder, strlen(folder))) return NULL;
    size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, "-shm") ? NULL : path;
}

static const char *path_of(int fd, char *into) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, into, PATH_MAX - 1);
    if (size < 0) return NULL;
    into[size] = 0;
    return watched(into);
}

static void put(const void *bytes, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = REAL(write);
    const char *at = bytes;
    while (size) {
        ssize_t done = real(log_to, at, size);
        if (done <= 0) _exit(97);
        at += done;
        size -= (size_t)done;
    }
}

/* One line "KIND OFFSET SIZE PATH", then the bytes. */
static void note(char kind, const char *path, long long offset, const void *bytes, size_t size) {
    const char *name = getenv("DISK_LOG");
    if (!name) return;
    pthread_mutex_lock(&lock);
    if (log_to == -2) log_to = REAL(open)(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char line[PATH_MAX + 64];
    int n = snprintf(line, sizeof line, "%c %lld %zu %s\n", kind, offset, size, path);
    put(line, (size_t)n);
    if (size) put(bytes, size);
    pthread_mutex_unlock(&lock);
}

/* From now on the call of number `at` fails with `error`, and all after it if `always`; 0 lets all succeed again.
   Returns how many calls there were since it was called last. */
int disk_fail(int at, int error, int always) {
    int before = calls;
    calls = 0;
    fails_with = error;
    stays = always;
    fails_at = at;
    return before;
}

/* Whether reading fails, all of it, with EIO. */
void disk_unreadable(int on) { unreadable = on; }

static int fails(void) {
    calls++;
    if (!fails_at || calls < fails_at || (calls > fails_at && !stays)) return 0;
    errno = fails_with;
    return 1;
}

static ssize_t positioned(int fd, const void *bytes, size_t size, off_t offset) {
    char path[PATH_MAX];
    const char *of = path_of(fd, path);
    if (of && fails()) return -1;
    ssize_t done = REAL(pwrite64)(fd, bytes, size, offset);
    if (of && done > 0) note('W', of, offset, bytes, (size_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return positioned(fd, bytes, size, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) { return positioned(fd, bytes, size, offset); }

static ssize_t read_at(int fd, void *into, size_t size, off_t offset) {
    char path[PATH_MAX];
    if (unreadable && path_of(fd, path)) {
        errno = EIO;
        return -1;
    }
    return REAL(pread64)(fd, into, size, offset);
}

ssize_t pread(int fd, void *into, size_t size, off_t offset) { return read_at(fd, into, size, offset); }
ssize_t pread64(int fd, void *into, size_t size, off_t offset) { return read_at(fd, into, size, offset); }

ssize_t write(int fd, const void *bytes, size_t size) {
    char path[PATH_MAX];
    const char *of = path_of(fd, path);
    if (of && fails()) return -1;
    off_t offset = of ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = REAL(write)(fd, bytes, size);
    if (of && done > 0) note('W', of, offset, bytes, (size_t)done);
    if (fd == 1 && done > 0) note('A', "-", 0, bytes, (size_t)done);
    return done;
}

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    const char *of = path_of(fd, path);
    if (of && fails()) return -1;
    int done = real(fd);
    if (of && !done) note('S', of, 0, NULL, 0);
    return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int cut(int fd, off_t size) {
    char path[PATH_MAX];
    const char *of = path_of(fd, path);
    if (of && fails()) return -1;
    int done = REAL(ftruncate64)(fd, size);
    if (of && !done) note('T', of, size, NULL, 0);
    return done;
}

int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off_t size) { return cut(fd, size); }

static int opened(const char *name, int flags, mode_t mode) {
    int makes = flags & O_CREAT && access(name, F_OK);
    int fd = REAL(open64)(name, flags, mode);
    char path[PATH_MAX];
    const char *of = fd >= 0 && makes ? path_of(fd, path) : NULL;
    if (of) note('C', of, 0, NULL, 0);
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *name, int flags, ...) { MODE(flags) return opened(name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return opened(name, flags, mode); }

int unlink(const char *name) {
    char path[PATH_MAX];
    const char *of = realpath(name, path) ? watched(path) : NULL;
    int done = REAL(unlink)(name);
    if (of && !done) note('U', of, 0, NULL, 0);
    return done;
}
