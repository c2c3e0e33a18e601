// What TraceCore uses of libc. Embedded Swift has no Glibc module to import.
#ifndef SWIFTTRACE_CSYSTEM_SHIM_H
#define SWIFTTRACE_CSYSTEM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// `errno` is a macro and `open` and `fcntl` are variadic: Swift sees none of them.
static inline int csystem_errno(void) { return errno; }

static inline int csystem_open(const char *_Nonnull path, int flags, mode_t mode) {
  return open(path, flags, mode);
}

// A duplicate from 10 on, as bash keeps its own, so that a program that counts
// on getting descriptor 3 next still does.
static inline int csystem_duplicate(int descriptor) {
  return fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
}

// Whether the descriptor is a regular file, and how long that is.
static inline int csystem_is_regular_file(int descriptor, off_t *_Nonnull size) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  *size = status.st_size;
  return 1;
}

#endif
