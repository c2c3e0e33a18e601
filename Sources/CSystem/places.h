// Where a file lies, and whose it is.
#ifndef SWIFTTRACE_CSYSTEM_PLACES_H
#define SWIFTTRACE_CSYSTEM_PLACES_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "old_libc.h"

#if defined(__linux__)
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

static inline int csystem_is_own_file(int descriptor) {
  struct stat status;
  return csystem_fstat(descriptor, &status) == 0 && csystem_is_own(&status);
}

#endif
