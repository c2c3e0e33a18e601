// What 3.11 alone needs: its trace functions, and the first fields of structures that the
// limited API does not show, as far as they are used. `InterpreterLayout` makes sure of each
// before any is written to.
#ifndef SWIFTTRACE_CPYTHON_PYTHON311_H
#define SWIFTTRACE_CPYTHON_PYTHON311_H

#include <Python.h>
#include <sched.h>
#include <stdint.h>

// The type of `Py_tracefunc`, which the limited API leaves out.
typedef int (*cpython_trace_function)(
    PyObject *_Nullable self, PyObject *_Nonnull frame, int event,
    PyObject *_Nullable argument);

static const int cpython_trace_call = 0;  // PyTrace_CALL
static const int cpython_trace_exception = 1;  // PyTrace_EXCEPTION
static const int cpython_trace_line = 2;  // PyTrace_LINE
static const int cpython_trace_return = 3;  // PyTrace_RETURN

// PyFrameObject
typedef struct {
  PyObject_HEAD
  void *_Nullable back, *_Nullable data, *_Nullable trace;
  int line;
  char shows_lines;  // f_trace_lines
} cpython311_frame_object;

// _PyInterpreterFrame
typedef struct cpython311_frame {
  void *_Nullable function, *_Nullable globals, *_Nullable builtins, *_Nullable locals;
  PyObject *_Nonnull code;
  cpython311_frame_object *_Nullable object;  // made when somebody asks for it
  struct cpython311_frame *_Nullable previous;
  void *_Nullable instruction;
  int stack_top;
  char is_entry, owner;
  PyObject *_Nullable variables[1];  // localsplus: as many as the code object names
} cpython311_frame;

static inline PyObject *_Nullable *_Nonnull cpython311_variables(cpython311_frame *_Nonnull frame) {
  return frame->variables;
}

// _PyCFrame: one for each run of the interpreter's loop, on the C stack.
typedef struct cpython311_stack {
  uint8_t use_tracing;
  cpython311_frame *_Nullable current_frame;
  struct cpython311_stack *_Nullable previous;
} cpython311_stack;

// PyThreadState
typedef struct {
  void *_Nullable previous, *_Nullable next, *_Nullable interpreter;
  int initialized, is_static, recursion_remaining, recursion_limit, recursion_headroom;
  int tracing, tracing_what;
  cpython311_stack *_Nonnull stack;  // cframe
  cpython_trace_function _Nullable profile_function;
  cpython_trace_function _Nullable trace_function;
  PyObject *_Nullable profile_object, *_Nullable trace_object;
} cpython311_thread;

// PyCFunctionObject
typedef struct {
  PyObject_HEAD
  PyMethodDef *_Nullable definition;
} cpython311_function;

// _PyFrameEvalFunction (PEP 523)
typedef PyObject *_Nullable (*cpython311_evaluate)(
    cpython311_thread *_Nonnull thread, cpython311_frame *_Nonnull frame, int throwing);

// Whether the thread's state is ready. Another thread may be making it, without the GIL,
// and has it in the list before; the rest of the list comes with it. A fork may have left
// it so for good.
static inline int cpython311_is_ready(cpython311_thread *_Nonnull thread) {
  for (int tries = 0; tries < 10000; tries++) {
    if (__atomic_load_n(&thread->initialized, __ATOMIC_ACQUIRE)) return 1;
    sched_yield();
  }
  return 0;
}

#endif
