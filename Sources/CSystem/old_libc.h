// libc's functions under the versions that they have had from the start.
//
// glibc 2.32 to 2.34 gave some a new version as they moved into libc.so from elsewhere, and
// nothing else about them changed. Built against a newer glibc, a module would ask for that
// one; with these it runs where Python itself does. What was in libpthread and libdl then is
// found there: each Python is linked with both.
#ifndef SWIFTTRACE_CSYSTEM_OLD_LIBC_H
#define SWIFTTRACE_CSYSTEM_OLD_LIBC_H

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#if defined(__GLIBC__) && defined(__x86_64__)
#define CSYSTEM_SINCE "GLIBC_2.2.5"
#define CSYSTEM_SINCE_AT "GLIBC_2.4"  // of openat and its like
enum { CSYSTEM_STAT = 1 };  // _STAT_VER
#elif defined(__GLIBC__) && defined(__aarch64__)
#define CSYSTEM_SINCE "GLIBC_2.17"
#define CSYSTEM_SINCE_AT CSYSTEM_SINCE
enum { CSYSTEM_STAT = 0 };
#endif

#if defined(CSYSTEM_SINCE)
#define CSYSTEM_OLD(name) __asm__(name "@" CSYSTEM_SINCE)

extern void *dlsym(void *handle, const char *name) CSYSTEM_OLD("dlsym");
extern int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
    CSYSTEM_OLD("pthread_sigmask");
extern int pthread_attr_getstack(const pthread_attr_t *attributes, void **lowest, size_t *size)
    CSYSTEM_OLD("pthread_attr_getstack");
extern int pthread_key_create(pthread_key_t *key, void (*ended)(void *))
    CSYSTEM_OLD("pthread_key_create");
extern void *pthread_getspecific(pthread_key_t key) CSYSTEM_OLD("pthread_getspecific");
extern int pthread_setspecific(pthread_key_t key, const void *value)
    CSYSTEM_OLD("pthread_setspecific");
extern int csystem_pthread_getattr(pthread_t thread, pthread_attr_t *attributes)
    CSYSTEM_OLD("pthread_getattr_np");

// `stat` and its like were these.
extern int csystem_xstat(int version, const char *path, struct stat *status)
    CSYSTEM_OLD("__xstat");
extern int csystem_fxstat(int version, int descriptor, struct stat *status)
    CSYSTEM_OLD("__fxstat");
extern int csystem_fxstatat(
    int version, int directory, const char *name, struct stat *status, int flags)
    __asm__("__fxstatat@" CSYSTEM_SINCE_AT);

static inline int csystem_stat(const char *path, struct stat *status) {
  return csystem_xstat(CSYSTEM_STAT, path, status);
}
static inline int csystem_fstat(int descriptor, struct stat *status) {
  return csystem_fxstat(CSYSTEM_STAT, descriptor, status);
}
static inline int csystem_fstatat(
    int directory, const char *name, struct stat *status, int flags) {
  return csystem_fxstatat(CSYSTEM_STAT, directory, name, status, flags);
}
#else
static inline int csystem_stat(const char *path, struct stat *status) {
  return stat(path, status);
}
static inline int csystem_fstat(int descriptor, struct stat *status) {
  return fstat(descriptor, status);
}
static inline int csystem_fstatat(
    int directory, const char *name, struct stat *status, int flags) {
  return fstatat(directory, name, status, flags);
}
#if !defined(__APPLE__)
extern int csystem_pthread_getattr(pthread_t thread, pthread_attr_t *attributes)
    __asm__("pthread_getattr_np");
#endif
#endif

#endif
