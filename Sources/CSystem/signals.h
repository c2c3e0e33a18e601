// Handlers of signals that hand on to what was there before them. Nothing here is called
// but what a handler may call (signal-safety(7)).
//
// The state is static in a header: each object file has one of its own. To be used from
// one Swift file.
#ifndef SWIFTTRACE_CSYSTEM_SIGNALS_H
#define SWIFTTRACE_CSYSTEM_SIGNALS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "old_libc.h"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

enum {
  CSYSTEM_PRINTS_FATAL = 1,
  CSYSTEM_PRINTS_REQUESTED = 2,
  CSYSTEM_MOST_SIGNALS = 65,
};

struct csystem_signal {
  int prints;
  // How often our handler is in the chain, as far as we can see: one that was installed
  // on top of it may or may not hand on.
  int installed;
  // What was there when it was installed first, and last.
  struct sigaction first;
  struct sigaction before;
  // The thread that is handing on; 0: none.
  volatile uintptr_t thread;
};

struct csystem_signals {
  // For SIGBUS: whether the address was one of ours, and is dealt with. 0: it was sent.
  int (*_Nullable take)(uintptr_t address);
  // Says what there is to say at a signal.
  void (*_Nullable print)(int number);
  struct csystem_signal signals[CSYSTEM_MOST_SIGNALS];
};

// One for all object files: each has a definition of it, and the linker keeps one of them.
__attribute__((weak, visibility("hidden"))) struct csystem_signals csystem_signals_one = {0};

static inline struct csystem_signals *_Nonnull csystem_signals_state(void) {
  return &csystem_signals_one;
}

static inline int csystem_has_function(const struct sigaction *_Nonnull action) {
  return (action->sa_flags & SA_SIGINFO) ||
         (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static inline int csystem_is_ignored(const struct sigaction *_Nonnull action) {
  return !csystem_has_function(action) && action->sa_handler == SIG_IGN;
}

// Whether an instruction has failed, which raises the signal again when it is run again.
static inline int csystem_comes_again(int number, const siginfo_t *_Nonnull info) {
  return info->si_code > 0 && (number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
                               number == SIGILL);
}

// Most end the process here. After those that stop it, or do nothing, ours is back.
static inline void csystem_do_default(int number, const struct sigaction *_Nonnull action) {
  struct sigaction ours;
  sigset_t one, before;
  sigaction(number, action, &ours);
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, &before);
  raise(number);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  sigaction(number, &ours, NULL);
}

// As if we had never been there, but for SIGUSR1 and SIGUSR2, which are there to be sent.
static inline void csystem_hand_on(int number, siginfo_t *_Nonnull info, void *_Nullable context,
                                   const struct sigaction *_Nonnull to) {
  if (to->sa_flags & SA_SIGINFO) {
    to->sa_sigaction(number, info, context);
  } else if (csystem_has_function(to)) {
    to->sa_handler(number);
  } else if (csystem_comes_again(number, info)) {
    sigaction(number, to, NULL);
  } else if (!csystem_is_ignored(to)) {
    int prints = csystem_signals_state()->signals[number].prints;
    if (prints == CSYSTEM_PRINTS_REQUESTED && (number == SIGUSR1 || number == SIGUSR2)) return;
    csystem_do_default(number, to);
  }
}

static inline void csystem_signal(int number, siginfo_t *_Nonnull info, void *_Nullable context) {
  struct csystem_signals *state = csystem_signals_state();
  struct csystem_signal *signal = &state->signals[number];
  uintptr_t thread = (uintptr_t)pthread_self();
  int error = errno;
  // One that was sent has no address.
  uintptr_t address = info->si_code > 0 ? (uintptr_t)info->si_addr : 0;
  if (number == SIGBUS && state->take && state->take(address)) {
    // Dealt with.
  } else if (signal->thread == thread) {
    // What we hand on to was installed above us once before, and has come back here.
    csystem_hand_on(number, info, context, &signal->first);
  } else {
    struct sigaction before = signal->before;
    int prints = signal->prints == CSYSTEM_PRINTS_REQUESTED ||
                 (signal->prints && !csystem_is_ignored(&before));
    if (state->print && prints) state->print(number);
    signal->thread = thread;
    csystem_hand_on(number, info, context, &before);
    signal->thread = 0;
  }
  errno = error;
}

static inline int csystem_is_handled(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
         now.sa_sigaction == csystem_signal;
}

// Whether calls to the system are interrupted stays as it was: Python hears of a signal
// by that. What would not have been noticed goes on.
static inline int csystem_handler_flags(int prints, const struct sigaction *_Nonnull before) {
  int kept = SA_RESTART | (prints == CSYSTEM_PRINTS_REQUESTED ? SA_NODEFER : 0);
  int flags = csystem_has_function(before) ? before->sa_flags & kept : SA_RESTART;
  return flags | SA_SIGINFO | SA_ONSTACK | (prints == CSYSTEM_PRINTS_REQUESTED ? 0 : SA_NODEFER);
}

static inline void csystem_handle(int number, int prints) {
  struct csystem_signal *signal = &csystem_signals_state()->signals[number];
  if (prints) signal->prints = prints;
  if (csystem_is_handled(number)) return;
  struct sigaction before, action;
  if (sigaction(number, NULL, &before) != 0) return;
  if (!signal->installed) signal->first = before;
  signal->before = before;
  signal->installed += 1;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = csystem_signal;
  action.sa_mask = before.sa_mask;
  action.sa_flags = csystem_handler_flags(signal->prints, &before);
  sigaction(number, &action, NULL);
}

// Where another handler is on top of ours, that may hand on to it: it stays.
static inline void csystem_unhandle(int number) {
  struct csystem_signal *signal = &csystem_signals_state()->signals[number];
  if (!csystem_is_handled(number)) return;
  sigaction(number, &signal->before, NULL);
  signal->installed -= 1;
  signal->before = signal->first;
}

// A stack for the handlers of the main thread, where it has none: its own may be what has
// run out. Only the main thread lives as long as the process, to which the memory stays.
static inline void csystem_give_handlers_a_stack(void) {
#if defined(__linux__)
  enum { size = 64 * 1024, guard = 64 * 1024 };
  stack_t stack;
  if (syscall(SYS_gettid) != getpid()) return;
  if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return;
  char *memory = mmap(NULL, guard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  stack.ss_sp = memory + guard;
  stack.ss_size = size;
  stack.ss_flags = 0;
  if (mprotect(stack.ss_sp, size, PROT_READ | PROT_WRITE) != 0 || sigaltstack(&stack, NULL) != 0)
    munmap(memory, guard + size);
#endif
}

static inline uintptr_t csystem_thread(void) { return (uintptr_t)pthread_self(); }

// One at a time, across threads and the handlers that interrupt them.
static inline int csystem_try_lock(int *_Nonnull lock) {
  return !__atomic_exchange_n(lock, 1, __ATOMIC_SEQ_CST);
}

static inline void csystem_unlock(int *_Nonnull lock) {
  __atomic_store_n(lock, 0, __ATOMIC_SEQ_CST);
}

static inline int csystem_is_locked(const int *_Nonnull lock) {
  return __atomic_load_n(lock, __ATOMIC_SEQ_CST);
}

#endif
