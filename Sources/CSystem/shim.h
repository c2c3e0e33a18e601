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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "old_libc.h"

#if defined(__linux__)
#include <linux/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#endif

// `errno` is a macro and `open` and `fcntl` are variadic: Swift sees none of them.
static inline int csystem_errno(void) { return errno; }

static inline int csystem_open(const char *_Nonnull path, int flags) {
  return open(path, flags);
}

// Each write goes to the file's end from now on.
static inline void csystem_append(int descriptor) {
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_APPEND);
}

// A duplicate from 200 on, near where bash keeps its own: a program that counts on
// getting descriptor 3 next still does, and one that closes all there are and opens
// others does not soon get the number for a file of its own. One for reading only is
// refused: poll would wait for ever until it may be written.
enum { CSYSTEM_FAR = 200 };

static inline int csystem_duplicate(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -1;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  int copy = -1;
  // So many may be more than the process is allowed.
  for (int least = CSYSTEM_FAR; copy < 0 && least > 0; least = least > 10 ? 10 : least > 3 ? 3 : 0) {
    copy = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
    if (copy < 0 && errno != EINVAL) break;
  }
  return copy;
}

// A duplicate with a number that has to be free: -1 where it is not.
static inline int csystem_duplicate_to(int descriptor, int number) {
  if ((fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY) return -1;
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, number);
  if (copy < 0 || copy == number) return copy;
  close(copy);
  return -1;
}

// `write` that answers EPIPE where nobody reads, and raises no SIGPIPE, whatever the
// program has that signal do. One that was waiting already goes on waiting.
static inline ssize_t csystem_write_quietly(
    int descriptor, const void *_Nonnull bytes, size_t count) {
  struct sigaction action;
  // As Python has it, unless the program has changed it.
  if (sigaction(SIGPIPE, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
      action.sa_handler == SIG_IGN)
    return write(descriptor, bytes, count);
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

// How far east of UTC the local time is, in seconds.
static inline long csystem_utc_offset(time_t moment) {
  struct tm local;
  return localtime_r(&moment, &local) ? local.tm_gmtoff : 0;
}

// Has `run` called as the process ends by `exit`: with its status, -1 where the system
// does not say. To be used from one Swift file: another would get a variable of its own.
static inline void (*_Nullable *_Nonnull csystem_exit_function(void))(int status) {
  static void (*function)(int);
  return &function;
}

#if defined(__GLIBC__)
static inline void csystem_exits(int status, void *_Nullable unused) {
  (void)unused;
  (*csystem_exit_function())(status & 0xFF);
}
#else
static inline void csystem_exits(void) { (*csystem_exit_function())(-1); }
#endif

static inline void csystem_on_exit(void (*_Nonnull run)(int status)) {
  *csystem_exit_function() = run;
#if defined(__GLIBC__)
  on_exit(csystem_exits, NULL);
#else
  atexit(csystem_exits);
#endif
}

// Which file a descriptor stands for. `fstat` would ask for its times too, and since Linux
// 6.13 a file whose times were asked for takes three times as long to write to next.
static inline int csystem_identify(
    int descriptor, uint64_t *_Nonnull device, uint64_t *_Nonnull inode) {
#if defined(SYS_statx) && defined(STATX_INO)
  enum { EMPTY_PATH = 0x1000 };  // AT_EMPTY_PATH, which libc shows to GNU sources alone
  struct statx status;
  if (syscall(SYS_statx, descriptor, "", EMPTY_PATH, STATX_INO, &status) == 0) {
    *device = (uint64_t)makedev(status.stx_dev_major, status.stx_dev_minor);
    *inode = status.stx_ino;
    return 1;
  }
  if (errno != ENOSYS && errno != EPERM) return 0;
#endif
  struct stat status_of_old;
  if (csystem_fstat(descriptor, &status_of_old) != 0) return 0;
  *device = (uint64_t)status_of_old.st_dev;
  *inode = (uint64_t)status_of_old.st_ino;
  return 1;
}

// Of the cheapest clock there is, in units of a nanosecond or a few to the nanosecond.
static inline uint64_t csystem_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
#endif
}

// Whether the descriptor is a regular file, and how long that is.
static inline int csystem_is_regular_file(int descriptor, off_t *_Nonnull size) {
  struct stat status;
  if (csystem_fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  *size = status.st_size;
  return 1;
}

// How many names an open file has in directories: none once it was removed.
static inline unsigned long csystem_names(int descriptor) {
  struct stat status;
  return csystem_fstat(descriptor, &status) == 0 ? (unsigned long)status.st_nlink : 0;
}

// Writes a byte of a file once more: 0, or why it cannot be written.
static inline int csystem_write_again(int descriptor, off_t place) {
  char byte;
  ssize_t count = pread(descriptor, &byte, 1, place);
  if (count == 1) count = pwrite(descriptor, &byte, 1, place);
  return count == 1 ? 0 : count < 0 ? errno : EIO;
}

// Cuts a file at its first hole, where it has one: somebody cut it, and we made it longer.
static inline void csystem_cut_at_hole(int descriptor) {
#if defined(__linux__)
  enum { HOLE = 4 };  // SEEK_HOLE, which libc shows to GNU sources alone
  off_t hole = lseek(descriptor, 0, HOLE), end = lseek(descriptor, 0, SEEK_END);
  if (hole >= 0 && hole < end && ftruncate(descriptor, hole) != 0) return;
#endif
}

// Gives back what a piece of a file takes on the disk. The file stays as long as it is.
static inline void csystem_punch(int descriptor, off_t start, off_t size) {
#if defined(__linux__)
  enum { KEEP_SIZE = 1, PUNCH_HOLE = 2 };  // libc shows fallocate to GNU sources alone
  int fallocate(int, int, off_t, off_t);
  if (fallocate(descriptor, KEEP_SIZE | PUNCH_HOLE, start, size) != 0) return;
#endif
}

// How long this process may make a file. Going on from there raises SIGXFSZ.
static inline off_t csystem_longest_file(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > INT64_MAX) return INT64_MAX;
  return (off_t)limit.rlim_cur;
}

/// How many columns a terminal has; 0: it does not say, or is none.
static inline int csystem_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static inline int csystem_is_regular(mode_t mode) { return S_ISREG(mode); }

// A shared mapping of part of a file.
static inline void *_Nullable csystem_map_shared(int descriptor, off_t start, size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, start);
  return memory == MAP_FAILED ? NULL : memory;
}

// The same, which a child that is forked does not get.
static inline void *_Nullable csystem_map(int descriptor, off_t start, size_t size) {
  void *memory = csystem_map_shared(descriptor, start, size);
  if (memory == NULL) return NULL;
#if defined(__linux__)
  madvise(memory, size, MADV_DONTFORK);
#endif
  return memory;
}

// The same at an address that is a multiple of `size`, a power of two: so it does not lie
// in two page tables, and the kernel maps a large page of the file at one fault instead of
// 4 kB at each.
static inline void *_Nullable csystem_map_aligned(int descriptor, off_t start, size_t size) {
  char *room = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return NULL;
  char *place = (char *)(((uintptr_t)room + size - 1) & ~(uintptr_t)(size - 1));
  void *memory = mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, start);
  if (memory == MAP_FAILED) {
    int error = errno;
    munmap(room, 2 * size);
    errno = error;
    return NULL;
  }
  if (place > room) munmap(room, (size_t)(place - room));
  munmap(place + size, (size_t)(room + size - place));
#if defined(__linux__)
  madvise(memory, size, MADV_DONTFORK);
#endif
  return memory;
}

// Whether so much can be allocated: what Swift fails to get ends the process.
static inline int csystem_has_memory(size_t size) {
  void *volatile memory = malloc(size);  // volatile: or the compiler knows that it can
  int is_there = memory != NULL;
  free(memory);
  return is_there;
}

// Zeros of the process's own; none of them is there before it is touched.
static inline void *_Nullable csystem_map_memory(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

// A file of zeros in memory, without a name in any directory; -1 where there is none to
// be had. As a system call: the C library's function is younger than it.
static inline int csystem_memory_file(off_t size) {
#if defined(__linux__) && defined(SYS_memfd_create)
  enum { CLOEXEC = 1, NOEXEC_SEAL = 8 };
  int file = (int)syscall(SYS_memfd_create, "swifttrace", CLOEXEC | NOEXEC_SEAL);
  // Kernels before 6.3 do not know the second flag, later ones may insist on it.
  if (file < 0 && errno == EINVAL) file = (int)syscall(SYS_memfd_create, "swifttrace", CLOEXEC);
  if (file >= 0 && ftruncate(file, size) == 0) return file;
  if (file >= 0) close(file);
#endif
  return -1;
}

// Memory of nobody's in place of a mapping. Safe in a signal handler.
static inline int csystem_replace(uintptr_t start, size_t size) {
  return mmap((void *)start, size, PROT_READ | PROT_WRITE,
              MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

// The lowest address of the running thread's C stack, and how many bytes it has.
static inline int csystem_thread_stack(uintptr_t *_Nonnull start, size_t *_Nonnull size) {
#if defined(__APPLE__)
  *size = pthread_get_stacksize_np(pthread_self());
  *start = (uintptr_t)pthread_get_stackaddr_np(pthread_self()) - *size;
  return 1;
#else
  pthread_attr_t attributes;
  void *lowest = NULL;
  if (csystem_pthread_getattr(pthread_self(), &attributes) != 0) return 0;
  int error = pthread_attr_getstack(&attributes, &lowest, size);
  pthread_attr_destroy(&attributes);
  *start = (uintptr_t)lowest;
  return error == 0;
#endif
}

#endif
