// An exception that a timer has the interpreter raise in code that runs too long.
//
// The timer is the kernel's and its signal one that nobody uses: no thread, which `os.fork`
// would count, and nothing that the program may have replaced. A signal's handler may not
// call the interpreter, so it writes what `PyThreadState_SetAsyncExc` would write. Where that
// is was learned from what that function does (`cpython_learn_alarm`).
//
// The state is static in a header: each object file has one of its own. To be used from
// one Swift file.
#ifndef SWIFTTRACE_CPYTHON_ALARM_H
#define SWIFTTRACE_CPYTHON_ALARM_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

enum {
  CPYTHON_ALARM_MILLISECONDS = 200,
  // From this ring on the exception is raised again as soon as it was caught.
  CPYTHON_ALARM_INSISTS = 2,
};

typedef struct cpython_alarm {
  char *_Nonnull thread;  // PyThreadState
  struct cpython_alarm *_Nullable outer;
  PyObject *_Nonnull exception;
  // What the interpreter's frames lie in. Each greenlet has memory of its own for them.
  void *_Nullable frames;
  // To the exception: what the handler may give away.
  int references;
  int timer;
  volatile int rings;
} cpython_alarm;

struct cpython_alarms {
  // Where a thread's state has what is to be raised in it, and the memory of its frames.
  size_t exception, frames;
  // What has the interpreter look for it, in the thread's state or the interpreter's.
  size_t breaker;
  int is_known;
  int number;  // of the signal
  cpython_alarm *_Nullable innermost;
};

static inline struct cpython_alarms *_Nonnull cpython_alarms(void) {
  static struct cpython_alarms alarms;
  return &alarms;
}

// 3.13 and later have it in each thread's state, with a bit for each thing to look for.
static inline int cpython_breaks_by_thread(void) { return Py_Version >= 0x030D0000; }
enum { CPYTHON_EXCEPTION_BIT = 1 << 3 };

static inline void cpython_break(char *_Nonnull thread, size_t place) {
  if (cpython_breaks_by_thread()) {
    __atomic_fetch_or((uintptr_t *)(thread + place), CPYTHON_EXCEPTION_BIT, __ATOMIC_SEQ_CST);
  } else {
    char *interpreter = ((char **)thread)[2];
    __atomic_store_n((int *)(interpreter + place), 1, __ATOMIC_SEQ_CST);
  }
}

// -- Learning ------------------------------------------------------------------

// The member before the thread's two numbers. 0: not found.
static inline size_t cpython_find_exception(char *_Nonnull thread) {
  uintptr_t *words = (uintptr_t *)thread;
  for (size_t i = 8; i < 32; i++) {
    if (words[i] == PyThread_get_thread_ident() && words[i - 1] == 0 &&
        words[i + 1] == PyThread_get_thread_native_id())
      return (i - 1) * sizeof(uintptr_t);
  }
  return 0;
}

// datastack_chunk, datastack_top and datastack_limit; the first begins with the one before
// it and its own size.
static inline size_t cpython_find_frames(char *_Nonnull thread, size_t from) {
  enum { PAGE = 4096, MOST = 1 << 28 };
  uintptr_t *words = (uintptr_t *)thread;
  for (size_t i = from / sizeof(uintptr_t) + 3; i < from / sizeof(uintptr_t) + 24; i++) {
    uintptr_t start = words[i], top = words[i + 1], limit = words[i + 2];
    if (start < PAGE || start % PAGE != 0 || top <= start || top > limit || limit - start > MOST)
      continue;
    if (((size_t *)start)[1] == limit - start) return i * sizeof(uintptr_t);
  }
  return 0;
}

// Raises the exception in the thread that calls, at its next look, and notes what of its
// state that has changed. Where it finds less than all no alarm will ring.
static inline void cpython_learn_alarm(PyObject *_Nonnull exception) {
  enum { WORDS = 256 };
  struct cpython_alarms *alarms = cpython_alarms();
  char *thread = (char *)PyThreadState_Get();
  int before[WORDS], by_thread = cpython_breaks_by_thread();
  int *interpreter = (int *)PyThreadState_GetInterpreter((PyThreadState *)thread);
  size_t place = cpython_find_exception(thread);
  if (alarms->is_known || place == 0 || ((void **)thread)[2] != (void *)interpreter) return;
  uintptr_t *word = (uintptr_t *)thread + 3;
  int was_set = (*word & CPYTHON_EXCEPTION_BIT) != 0;
  memcpy(before, interpreter, sizeof before);
  PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), exception);
  alarms->exception = place;
  alarms->frames = cpython_find_frames(thread, place);
  alarms->breaker = by_thread && !was_set && (*word & CPYTHON_EXCEPTION_BIT) ? 3 * sizeof *word : 0;
  for (size_t i = WORDS; i > 0 && !by_thread; i--)
    if (before[i - 1] == 0 && interpreter[i - 1] == 1) alarms->breaker = (i - 1) * sizeof(int);
  alarms->is_known = alarms->breaker != 0 && alarms->frames != 0 &&
                     *(PyObject **)(thread + place) == exception;
}

// -- Ringing -------------------------------------------------------------------

// Whether what runs was called from where the alarm was set: another greenlet's code was not.
static inline int cpython_runs_within(const cpython_alarm *_Nonnull alarm) {
  void **piece = *(void ***)(alarm->thread + cpython_alarms()->frames);
  while (piece != NULL && (void *)piece != alarm->frames) piece = (void **)*piece;
  return piece != NULL;
}

static inline void cpython_raise_by_alarm(cpython_alarm *_Nonnull alarm) {
  struct cpython_alarms *alarms = cpython_alarms();
  PyObject *nothing = NULL;
  if (alarm->references == 0 || !cpython_runs_within(alarm)) return;
  if (!__atomic_compare_exchange_n((PyObject **)(alarm->thread + alarms->exception), &nothing,
                                   alarm->exception, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return;
  alarm->references -= 1;
  cpython_break(alarm->thread, alarms->breaker);
}

// Called as the exception is made, which is when somebody catches it: one who catches all
// there is has it raised again in his handler.
static inline void cpython_alarm_was_caught(void) {
  char *thread = (char *)PyThreadState_Get();
  cpython_alarm *alarm = cpython_alarms()->innermost;
  while (alarm != NULL && (alarm->thread != thread || !cpython_runs_within(alarm)))
    alarm = alarm->outer;
  if (alarm == NULL) return;
  if (alarm->references == 0) {
    Py_IncRef(alarm->exception);
    alarm->references = 1;
  }
  if (alarm->rings >= CPYTHON_ALARM_INSISTS) cpython_raise_by_alarm(alarm);
}

#if defined(__linux__)
static inline void cpython_alarm_rings(int number, siginfo_t *_Nonnull info, void *_Nullable context) {
  int error = errno;
  (void)context;
  if (info->si_code == SI_TIMER) {
    cpython_alarm *alarm = info->si_value.sival_ptr;
    alarm->rings += 1;
    cpython_raise_by_alarm(alarm);
  } else {  // somebody else's: what it does where nobody handles it
    signal(number, SIG_DFL);
    raise(number);
  }
  errno = error;
}

// A signal that nobody uses; 0: there is none. The very last one is valgrind's.
static inline int cpython_alarm_signal(void) {
  struct cpython_alarms *alarms = cpython_alarms();
  struct sigaction action;
  if (alarms->number && sigaction(alarms->number, NULL, &action) == 0 &&
      action.sa_sigaction == cpython_alarm_rings)
    return alarms->number;
  for (int number = SIGRTMAX - 1; number > SIGRTMIN; number--) {
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = cpython_alarm_rings;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    if (sigaction(number, &action, NULL) == 0) return alarms->number = number;
  }
  return 0;
}

// As system calls: the C library has had these functions in two libraries.
static inline int cpython_start_timer(cpython_alarm *_Nonnull alarm) {
  enum { TO_THREAD = 4 };  // SIGEV_THREAD_ID
  struct timespec time = {CPYTHON_ALARM_MILLISECONDS / 1000, CPYTHON_ALARM_MILLISECONDS % 1000 * 1000000};
  struct itimerspec times = {time, time};
  struct sigevent event;
  sigset_t signals;
  memset(&event, 0, sizeof event);
  event.sigev_value.sival_ptr = alarm;
  event.sigev_signo = cpython_alarm_signal();
  event.sigev_notify = TO_THREAD;
  (&event.sigev_notify)[1] = (int)syscall(SYS_gettid);
  if (event.sigev_signo == 0) return 0;
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &alarm->timer) != 0) return 0;
  sigemptyset(&signals);
  sigaddset(&signals, event.sigev_signo);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  return syscall(SYS_timer_settime, alarm->timer, 0, &times, NULL) == 0;
}

static inline void cpython_stop_timer(cpython_alarm *_Nonnull alarm) {
  syscall(SYS_timer_delete, alarm->timer);
}
#else
static inline int cpython_start_timer(cpython_alarm *_Nonnull alarm) { return 0; }
static inline void cpython_stop_timer(cpython_alarm *_Nonnull alarm) {}
#endif

// -- Setting -------------------------------------------------------------------

// NULL where there is none to be had. To be ended by the same thread.
static inline cpython_alarm *_Nullable cpython_begin_alarm(PyObject *_Nonnull exception) {
  struct cpython_alarms *alarms = cpython_alarms();
  cpython_alarm *alarm = alarms->is_known ? malloc(sizeof *alarm) : NULL;
  if (alarm == NULL) return NULL;
  char *thread = (char *)PyThreadState_Get();
  *alarm = (cpython_alarm){thread, alarms->innermost, exception, NULL, 1, 0, 0};
  alarm->frames = *(void **)(thread + alarms->frames);
  Py_IncRef(exception);
  alarms->innermost = alarm;
  if (cpython_start_timer(alarm)) return alarm;
  Py_DecRef(exception);
  alarms->innermost = alarm->outer;
  free(alarm);
  return NULL;
}

// What has rung and was not raised yet is taken back.
static inline void cpython_end_alarm(cpython_alarm *_Nonnull alarm) {
  struct cpython_alarms *alarms = cpython_alarms();
  PyObject *raised = alarm->exception;
  cpython_stop_timer(alarm);
  cpython_alarm **link = &alarms->innermost;
  while (*link != NULL && *link != alarm) link = &(*link)->outer;
  if (*link != NULL) *link = alarm->outer;
  if (alarm->rings > 0 &&
      __atomic_compare_exchange_n((PyObject **)(alarm->thread + alarms->exception), &raised, NULL, 0,
                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    alarm->references += 1;
    // 3.11 and 3.12 look at each turn until somebody computes anew what to look for.
    if (!cpython_breaks_by_thread()) PyEval_RestoreThread(PyEval_SaveThread());
  }
  while (alarm->references-- > 0) Py_DecRef(alarm->exception);
  free(alarm);
}

#endif
