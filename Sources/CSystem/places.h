// Where a file lies, and whose it is.
#ifndef SWIFTTRACE_CSYSTEM_PLACES_H
#define SWIFTTRACE_CSYSTEM_PLACES_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "old_libc.h"

#if defined(__linux__)
#include <linux/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#endif

static inline int csystem_open_at(
    int directory, const char *_Nonnull name, int flags, mode_t mode) {
  return openat(directory, name, flags, mode);
}

// A directory to look for names in, and nothing else: no right to read it is needed.
static inline int csystem_enter(int directory, const char *_Nonnull name, int flags) {
#if defined(__linux__)
  enum { PATH = 010000000 };  // O_PATH, which libc shows to GNU sources alone
  return openat(directory, name, PATH | O_CLOEXEC | flags);
#else
  return openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
#endif
}

static inline int csystem_working_directory(void) { return AT_FDCWD; }

// Whether everybody may put names into a directory, sticky or not.
static inline int csystem_is_public(int directory) {
  struct stat status;
  return csystem_fstat(directory, &status) != 0 || (status.st_mode & S_IWOTH) != 0;
}

// Whether somebody else may put names into a directory, as its owner: not the system's, ours
// or whoever has the root of all directories. (In a user namespace the system's files may
// be nobody's.)
static inline int csystem_is_of_another(int directory) {
  struct stat status, root;
  if (csystem_fstat(directory, &status) != 0) return 1;
  if (status.st_uid == 0 || status.st_uid == geteuid()) return 0;
  return csystem_stat("/", &root) != 0 || status.st_uid != root.st_uid;
}

// Whether an open file has a second name, and is not of the directory's owner: he may have
// given it the one by which it was opened.
static inline int csystem_may_be_planted(int descriptor, int directory) {
  struct stat status, place;
  if (csystem_fstat(descriptor, &status) != 0 || csystem_fstat(directory, &place) != 0) return 1;
  return S_ISREG(status.st_mode) && status.st_nlink > 1 && status.st_uid != place.st_uid;
}

// Whether links in a directory are the kernel's own, which only it can follow.
static inline int csystem_is_of_proc(int directory) {
#if defined(__linux__)
  enum { PROC = 0x9fa0 };  // PROC_SUPER_MAGIC
  struct statfs status;
  return fstatfs(directory, &status) == 0 && status.f_type == PROC;
#else
  (void)directory;
  return 0;
#endif
}

static inline int csystem_is_own(const struct stat *_Nonnull status) {
  return status->st_uid == geteuid() && (!S_ISREG(status->st_mode) || status->st_nlink <= 1);
}

// Whether a name stands for something of ours that has no second name; -1 and `errno`
// where it stands for nothing.
static inline int csystem_names_own(int directory, const char *_Nonnull name) {
  struct stat status;
  if (csystem_fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  return csystem_is_own(&status);
}

// Marks an open file as one that is being written, for as long as it is open: 0 where it is
// open elsewhere, and marked. By a lock of its last possible byte, which belongs to the
// open file and not to the process: a program may lock the file by `flock`, or open and close
// it, as it likes.
static inline int csystem_mark_written(int descriptor) {
#if defined(__linux__)
  enum { OFD_SETLK = 37 };  // F_OFD_SETLK, which libc shows to GNU sources alone
  struct flock lock = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_MAX - 1, .l_len = 1};
  if (fcntl(descriptor, OFD_SETLK, &lock) == 0) return 1;
  return errno != EAGAIN && errno != EACCES;  // a file system may have no locks
#else
  (void)descriptor;
  return 1;
#endif
}

// Nanoseconds of the clock by which file systems say when a file was written.
static inline int64_t csystem_file_clock(void) {
  struct timespec now = {0, 0};
#if defined(__linux__)
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
#else
  clock_gettime(CLOCK_REALTIME, &now);
#endif
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// When an open file was last written, by that clock.
static inline int64_t csystem_written_at(int descriptor) {
  struct stat status;
  if (csystem_fstat(descriptor, &status) != 0) return 0;
#if defined(__APPLE__)
  return (int64_t)status.st_mtimespec.tv_sec * 1000000000 + status.st_mtimespec.tv_nsec;
#else
  return (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
#endif
}

// When an open file was made; 0: its file system does not say. A file that is removed leaves
// its number to the next one.
static inline int64_t csystem_made_at(int descriptor) {
#if defined(SYS_statx) && defined(STATX_BTIME)
  enum { EMPTY_PATH = 0x1000 };  // AT_EMPTY_PATH, which libc shows to GNU sources alone
  struct statx status;
  if (syscall(SYS_statx, descriptor, "", EMPTY_PATH, STATX_BTIME, &status) == 0 &&
      (status.stx_mask & STATX_BTIME))
    return (int64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
#else
  (void)descriptor;
#endif
  return 0;
}

static inline int csystem_is_own_file(int descriptor) {
  struct stat status;
  return csystem_fstat(descriptor, &status) == 0 && csystem_is_own(&status);
}

#endif
