// What TraceCore uses of libc. Embedded Swift has no Glibc module to import.
#ifndef SWIFTTRACE_CSYSTEM_SHIM_H
#define SWIFTTRACE_CSYSTEM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// `errno` is a macro and `open` and `fcntl` are variadic: Swift sees none of them.
static inline int csystem_errno(void) { return errno; }

static inline int csystem_open(const char *_Nonnull path, int flags, mode_t mode) {
  return open(path, flags, mode);
}

// A duplicate from 10 on, as bash keeps its own, so that a program that counts
// on getting descriptor 3 next still does. One for reading only is refused: poll
// would wait for ever until it may be written.
static inline int csystem_duplicate(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -1;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
  // Fewer than ten may be all that the process is allowed.
  return copy < 0 && errno == EINVAL ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : copy;
}

// `write` that answers EPIPE where nobody reads, and raises no SIGPIPE, whatever the
// program has that signal do. One that was waiting already goes on waiting.
static inline ssize_t csystem_write_quietly(
    int descriptor, const void *_Nonnull bytes, size_t count) {
  sigset_t pipe_signal, before, waiting;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  sigpending(&waiting);
  int was_waiting = sigismember(&waiting, SIGPIPE);
  ssize_t written = write(descriptor, bytes, count);
  int error = errno;
  if (written < 0 && error == EPIPE && !was_waiting) {
    int taken;
    sigpending(&waiting);
    if (sigismember(&waiting, SIGPIPE)) sigwait(&pipe_signal, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return written;
}

// Whether the descriptor is a regular file, and how long that is.
static inline int csystem_is_regular_file(int descriptor, off_t *_Nonnull size) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  *size = status.st_size;
  return 1;
}

static inline int csystem_is_regular(mode_t mode) { return S_ISREG(mode); }

// A shared mapping of part of a file, which a child that is forked does not get.
static inline void *_Nullable csystem_map(int descriptor, off_t start, size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, start);
  if (memory == MAP_FAILED) return NULL;
#if defined(__linux__)
  madvise(memory, size, MADV_DONTFORK);
#endif
  return memory;
}

// Memory of nobody's in place of a mapping. Safe in a signal handler.
static inline int csystem_replace(uintptr_t start, size_t size) {
  return mmap((void *)start, size, PROT_READ | PROT_WRITE,
              MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

// -- SIGBUS. To be used from one Swift file: another would get variables of its own. --

struct csystem_sigbus {
  // Whether the address was one of ours, and is dealt with.
  int (*_Nullable take)(uintptr_t address);
  struct sigaction before;
};

static inline struct csystem_sigbus *_Nonnull csystem_sigbus_state(void) {
  static struct csystem_sigbus state;
  return &state;
}

static inline void csystem_sigbus(int number, siginfo_t *_Nonnull info, void *_Nullable context) {
  int error = errno;
  if (csystem_sigbus_state()->take((uintptr_t)info->si_addr)) {
    errno = error;
    return;
  }
  struct sigaction before = csystem_sigbus_state()->before;
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else if (before.sa_handler == SIG_DFL || info->si_code > 0) {
    // As if we had never been there: the instruction raises it again, but nothing
    // raises again what somebody sent.
    sigaction(number, &before, NULL);
    if (info->si_code <= 0) raise(number);
  }
}

static inline void csystem_on_sigbus(int (*_Nonnull take)(uintptr_t address)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = csystem_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  csystem_sigbus_state()->take = take;
  sigaction(SIGBUS, &action, &csystem_sigbus_state()->before);
}

#endif
