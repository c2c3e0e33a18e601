// Who reads what is written to a pipe, a pseudo-terminal or a socket: this very process, or
// one that it has started and whose own output it reads.
#ifndef SWIFTTRACE_CSYSTEM_READERS_H
#define SWIFTTRACE_CSYSTEM_READERS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "old_libc.h"

#if defined(__linux__)
#include <sys/sysmacros.h>

enum { CSYSTEM_MOST_PIPES = 64 };

// The pipes that this process has an end of, by their inodes.
struct csystem_pipes {
  int count;
  ino_t inodes[CSYSTEM_MOST_PIPES];
};

static inline int csystem_reads_terminal(int descriptor, const struct stat *_Nonnull terminal) {
  enum { FIRST = 136, PER_MAJOR = 256 };  // the majors of pseudo-terminals
  unsigned int number = 0;
  return major(terminal->st_rdev) >= FIRST && ioctl(descriptor, TIOCGPTN, &number) == 0 &&
         number == (major(terminal->st_rdev) - FIRST) * PER_MAJOR + minor(terminal->st_rdev);
}

static inline int csystem_is_peer(int descriptor, int socket) {
  struct sockaddr_storage here, there;
  socklen_t size_here = sizeof here, size_there = sizeof there;
  memset(&here, 0, sizeof here);
  memset(&there, 0, sizeof there);
  if (getsockname(descriptor, (struct sockaddr *)&here, &size_here) != 0 ||
      getpeername(socket, (struct sockaddr *)&there, &size_there) != 0)
    return 0;
  int is_internet = here.ss_family == AF_INET || here.ss_family == AF_INET6;
  return is_internet && size_here == size_there && memcmp(&here, &there, size_here) == 0;
}

// One end of a pair of sockets that this process has made.
static inline int csystem_is_own_pair(int socket) {
  enum { PEER_CREDENTIALS = 17 };  // SO_PEERCRED, and what it answers: GNU sources alone see it
  struct { pid_t process; uid_t user; gid_t group; } peer;
  socklen_t size = sizeof peer;
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  return getsockname(socket, (struct sockaddr *)&name, &length) == 0 &&
         name.ss_family == AF_UNIX &&
         getsockopt(socket, SOL_SOCKET, PEER_CREDENTIALS, &peer, &size) == 0 &&
         peer.process == getpid();
}

// Whether `descriptor`, another one of this process, reads what is written to `output`.
static inline int csystem_reads(
    int descriptor, int output, const struct stat *_Nonnull written,
    struct csystem_pipes *_Nonnull others) {
  struct stat status;
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || csystem_fstat(descriptor, &status) != 0)
    return 0;
  if (S_ISCHR(written->st_mode)) return csystem_reads_terminal(descriptor, written);
  if (S_ISSOCK(written->st_mode))
    return S_ISSOCK(status.st_mode) && csystem_is_peer(descriptor, output);
  if (!S_ISFIFO(status.st_mode)) return 0;
  if (status.st_ino == written->st_ino && status.st_dev == written->st_dev) return 1;
  if (others->count < CSYSTEM_MOST_PIPES) others->inodes[others->count++] = status.st_ino;
  return 0;
}

static inline int csystem_is_read_here(
    int output, const struct stat *_Nonnull written, struct csystem_pipes *_Nonnull others) {
  struct dirent *entry;
  int is_read = 0;
  DIR *open = opendir("/proc/self/fd");
  while (open != NULL && !is_read && (entry = readdir(open)) != NULL) {
    int descriptor = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && descriptor != output && descriptor != dirfd(open))
      is_read = csystem_reads(descriptor, output, written, others);
  }
  if (open != NULL) closedir(open);
  return is_read;
}

static inline long csystem_parent(long process) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%ld/stat", process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  text[count > 0 ? count : 0] = 0;
  char *behind_name = strrchr(text, ')');
  return behind_name != NULL && strlen(behind_name) > 4 ? atol(behind_name + 4) : 0;
}

static inline int csystem_is_below(long process) {
  while (process > 1 && process != getpid()) process = csystem_parent(process);
  return process == getpid();
}

// Whether an end of a pipe that another process has is the one to read from.
static inline int csystem_is_reading_end(long process, const char *_Nonnull descriptor) {
  char path[96], line[128];
  unsigned int flags = 0;
  snprintf(path, sizeof path, "/proc/%ld/fdinfo/%.16s", process, descriptor);
  FILE *file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "flags:", 6) == 0) flags = (unsigned int)strtoul(line + 6, NULL, 8);
  if (file != NULL) fclose(file);
  return (flags & O_ACCMODE) != O_WRONLY;
}

// Whether a process reads the pipe, and writes to one of the others.
static inline int csystem_hands_on(
    long process, ino_t written, const struct csystem_pipes *_Nonnull others) {
  char path[96], link[64];
  int reads = 0, writes = 0;
  snprintf(path, sizeof path, "/proc/%ld/fd", process);
  DIR *open = opendir(path);
  struct dirent *entry;
  while (open != NULL && (entry = readdir(open)) != NULL) {
    ssize_t count = readlinkat(dirfd(open), entry->d_name, link, sizeof link - 1);
    if (count < 6 || strncmp(link, "pipe:[", 6) != 0) continue;
    link[count] = 0;
    ino_t inode = (ino_t)strtoull(link + 6, NULL, 10);
    int is_reading = csystem_is_reading_end(process, entry->d_name);
    if (inode == written && is_reading) reads = 1;
    for (int i = 0; i < others->count && !is_reading; i++) writes |= others->inodes[i] == inode;
  }
  if (open != NULL) closedir(open);
  return reads && writes;
}

static inline int csystem_is_read_for_us(
    const struct stat *_Nonnull written, const struct csystem_pipes *_Nonnull others) {
  if (!S_ISFIFO(written->st_mode) || others->count == 0) return 0;
  DIR *processes = opendir("/proc");
  struct dirent *entry;
  int is_read = 0;
  while (processes != NULL && !is_read && (entry = readdir(processes)) != NULL) {
    long process = atol(entry->d_name);
    is_read = process > 0 && process != getpid() && csystem_is_below(process) &&
              csystem_hands_on(process, written->st_ino, others);
  }
  if (processes != NULL) closedir(processes);
  return is_read;
}

static inline int csystem_waits_for_itself(int output) {
  struct stat written;
  struct csystem_pipes others = {0, {0}};
  if (csystem_fstat(output, &written) != 0) return 0;
  if (S_ISSOCK(written.st_mode) && csystem_is_own_pair(output)) return 1;
  return csystem_is_read_here(output, &written, &others) ||
         csystem_is_read_for_us(&written, &others);
}
#else
static inline int csystem_waits_for_itself(int output) {
  (void)output;
  return 0;
}
#endif

#endif
