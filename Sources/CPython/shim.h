// CPython's limited API of 3.11 as Swift sees it, and `static inline` wrappers
// for what Swift cannot: macros, static structures, variadic functions.
#ifndef SWIFTTRACE_CPYTHON_SHIM_H
#define SWIFTTRACE_CPYTHON_SHIM_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN

// Before Python.h, which changes what features.h defines: a debug build would
// otherwise fail on two different definitions of fd_set.
#if defined(__linux__)
#include <features.h>
#endif
#include <Python.h>
#include <structmember.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../CSystem/old_libc.h"

typedef PyObject *_Nullable (*cpython_fastcall)(
    PyObject *_Nullable self, PyObject *_Nonnull const *_Nullable arguments,
    Py_ssize_t count);

typedef PyObject *_Nullable (*cpython_vectorcall)(
    PyObject *_Nonnull callable, PyObject *_Nonnull const *_Nullable arguments,
    size_t count, PyObject *_Nullable keywords);

// PyCellObject
typedef struct {
  PyObject_HEAD
  PyObject *_Nullable contents;
} cpython_cell;

// Where the C stack has come to. Inlined, it is the caller's own place.
static inline uintptr_t cpython_stack_place(void) { return (uintptr_t)__builtin_frame_address(0); }

// Variables in C, which Swift will not read; no one writes them.
static inline PyObject *_Nonnull cpython_type_error(void) { return PyExc_TypeError; }
static inline PyObject *_Nonnull cpython_value_error(void) { return PyExc_ValueError; }
static inline PyObject *_Nonnull cpython_name_error(void) { return PyExc_NameError; }
static inline PyObject *_Nonnull cpython_os_error(void) { return PyExc_OSError; }
static inline PyObject *_Nonnull cpython_runtime_error(void) { return PyExc_RuntimeError; }
static inline PyObject *_Nonnull cpython_import_error(void) { return PyExc_ImportError; }
static inline PyObject *_Nonnull cpython_none(void) { return Py_None; }
static inline PyObject *_Nonnull cpython_true(void) { return Py_True; }
static inline PyObject *_Nonnull cpython_false(void) { return Py_False; }
static inline int cpython_is_string(PyObject *_Nonnull o) { return PyUnicode_Check(o); }
static inline int cpython_is_integer(PyObject *_Nonnull o) { return PyLong_Check(o); }
static inline int cpython_is_bytes(PyObject *_Nonnull o) { return PyBytes_Check(o); }
static inline int cpython_is_tuple(PyObject *_Nonnull o) { return PyTuple_Check(o); }
static inline int cpython_is_list(PyObject *_Nonnull o) { return PyList_Check(o); }
static inline int cpython_is_dict(PyObject *_Nonnull o) { return PyDict_Check(o); }
// What kind of object it is, where its type is exactly a built-in one: `ObjectKind`.
static inline int cpython_kind(PyObject *_Nonnull o) {
  PyTypeObject *type = Py_TYPE(o);
  if (type == &PyLong_Type) return 1;
  if (type == &PyUnicode_Type) return 2;
  if (type == &PyBytes_Type) return 3;
  if (type == &PyList_Type) return 4;
  if (type == &PyTuple_Type) return 5;
  if (type == &PyDict_Type) return 6;
  if (type == &PySet_Type) return 7;
  if (type == &PyFrozenSet_Type) return 8;
  if (type == &PyModule_Type) return 10;
  if (type == &PyRange_Type) return 11;
  if (type == &PySlice_Type) return 12;
  if (type == &PyByteArray_Type) return 13;
  if (type == &PyBool_Type || type == &PyFloat_Type || type == &PyComplex_Type) return 9;
  return o == Py_None || o == Py_Ellipsis || o == Py_NotImplemented ? 9 : 0;
}

// Of a `float`; 0 of anything else.
static inline long cpython_float_bits(PyObject *_Nonnull o) {
  double number = Py_IS_TYPE(o, &PyFloat_Type) ? PyFloat_AsDouble(o) : 0;
  int64_t bits;
  memcpy(&bits, &number, sizeof bits);
  return (long)bits;
}

static inline PyObject *_Nonnull cpython_class(PyObject *_Nonnull o) { return (PyObject *)Py_TYPE(o); }
static inline PyObject *_Nonnull cpython_type_type(void) { return (PyObject *)&PyType_Type; }
static inline PyObject *_Nonnull cpython_recursion_error(void) { return PyExc_RecursionError; }
static inline PyObject *_Nonnull cpython_memory_error(void) { return PyExc_MemoryError; }
static inline PyObject *_Nonnull cpython_exception_group(void) { return PyExc_BaseExceptionGroup; }
static inline PyObject *_Nonnull cpython_base_exception(void) { return PyExc_BaseException; }
static inline int cpython_note_first(PyObject *_Nonnull o, void *_Nonnull found) {
  *(PyObject **)found = o;
  return 1;
}
// The first object that the collector finds in another one; borrowed.
static inline PyObject *_Nullable cpython_first_referent(PyObject *_Nonnull o) {
  traverseproc traverse = (traverseproc)PyType_GetSlot(Py_TYPE(o), Py_tp_traverse);
  PyObject *found = NULL;
  if (traverse != NULL) traverse(o, cpython_note_first, &found);
  return found;
}
typedef struct {
  PyObject *_Nonnull type;
  PyObject *_Nullable found;
} cpython_wanted;

static inline int cpython_note_wanted(PyObject *_Nonnull o, void *_Nonnull wanted) {
  cpython_wanted *search = (cpython_wanted *)wanted;
  if ((PyObject *)Py_TYPE(o) != search->type) return 0;
  search->found = o;
  return 1;
}
// The first object of just that type that the collector finds in another one; borrowed.
static inline PyObject *_Nullable cpython_referent(PyObject *_Nonnull o, PyObject *_Nonnull type) {
  traverseproc traverse = (traverseproc)PyType_GetSlot(Py_TYPE(o), Py_tp_traverse);
  cpython_wanted search = {type, NULL};
  if (traverse != NULL) traverse(o, cpython_note_wanted, &search);
  return search.found;
}
// By the type alone, without `__subclasscheck__`.
static inline int cpython_is_stop_iteration(PyObject *_Nonnull o) {
  return PyErr_GivenExceptionMatches(o, PyExc_StopIteration);
}
static inline int cpython_is_stop_async_iteration(PyObject *_Nonnull o) {
  return PyErr_GivenExceptionMatches(o, PyExc_StopAsyncIteration);
}
static inline int cpython_is_type(PyObject *_Nonnull o) { return PyType_Check(o); }
// One that no `class` statement has made.
static inline int cpython_has_static_type(PyObject *_Nonnull o) {
  return !(PyType_GetFlags(Py_TYPE(o)) & Py_TPFLAGS_HEAPTYPE);
}
// By its own type, unlike `isinstance`, which may run Python code.
static inline int cpython_is_a(PyObject *_Nonnull o, PyObject *_Nonnull t) {
  return PyType_Check(t) && PyType_IsSubtype(Py_TYPE(o), (PyTypeObject *)t);
}
static inline int cpython_is_builtin(PyObject *_Nonnull o) { return PyCFunction_CheckExact(o); }
static inline PyTypeObject *_Nonnull cpython_type(PyObject *_Nonnull o) { return Py_TYPE(o); }

// The version of the interpreter that runs, not of the headers.
static inline unsigned long cpython_running_version(void) { return Py_Version; }

static inline void *_Nullable cpython_symbol(const char *_Nonnull name) {
  return dlsym(RTLD_DEFAULT, name);
}

// The arguments of `OSError(errno, strerror, filename)`; with a reason of our own, EINVAL's.
static inline PyObject *_Nullable cpython_os_error_arguments(
    int number, const char *_Nullable reason, PyObject *_Nonnull file_name) {
  return Py_BuildValue("(isO)", reason && number == 0 ? EINVAL : number, reason ? reason : strerror(number),
                       file_name);
}

// - Parameter format: as of `PyErr_Format`, for one value or two.
static inline void cpython_raise_type_error(
    const char *_Nonnull format, const void *_Nullable first, const void *_Nullable second) {
  PyErr_Format(PyExc_TypeError, format, first, second);
}

static inline PyObject *_Nullable cpython_pair(PyObject *_Nonnull a, PyObject *_Nonnull b) {
  return PyTuple_Pack(2, a, b);
}

static inline PyObject *_Nullable cpython_triple(
    PyObject *_Nonnull a, PyObject *_Nonnull b, PyObject *_Nonnull c) {
  return PyTuple_Pack(3, a, b, c);
}

static inline void cpython_at_fork(void (*_Nonnull in_parent)(void), void (*_Nonnull in_child)(void)) {
  pthread_atfork(NULL, in_parent, in_child);
}

// An `int` from 1 to 2 to the power of 30 less 1, read where 3.12 to 3.15 have it, and no
// call. To be used where `Interpreter.showsSmallIntegers` has found it so.
typedef struct {
  PyObject_HEAD
  uintptr_t tag;
  uint32_t digit;
} cpython_integer;

static inline int cpython_is_small(PyObject *_Nonnull integer) {
  // One digit; below their number: whether it is immortal, and its sign, 0 for positive.
  return (((cpython_integer *)integer)->tag & ~(uintptr_t)4) == 1 << 3;
}

// Whether it is such an `int`, of any object. `are_shown`: `Interpreter.showsSmallIntegers`
static inline int cpython_is_small_integer(PyObject *_Nonnull object, int are_shown) {
  return are_shown && Py_TYPE(object) == &PyLong_Type && cpython_is_small(object);
}

static inline long cpython_small(PyObject *_Nonnull integer) {
  return ((cpython_integer *)integer)->digit;
}

// The thread that runs, by an address of its own: a register, not a call.
static inline uintptr_t cpython_thread(void) {
#if defined(__x86_64__) && defined(__linux__)
  uintptr_t thread;
  __asm__("movq %%fs:0, %0" : "=r"(thread));
  return thread;
#else
  return (uintptr_t)pthread_self();
#endif
}

// Whether the thread is asked about for the first time. `ended` is called with its address
// as it ends: the next one may get the same. To be used from one Swift file.
static inline int cpython_is_new_thread(void (*_Nonnull ended)(void *_Nullable thread)) {
  static pthread_key_t key;
  static int has_key;
  if (!has_key) has_key = pthread_key_create(&key, ended) == 0 ? 1 : -1;
  if (has_key < 0 || pthread_getspecific(key) != NULL) return 0;
  pthread_setspecific(key, (void *)cpython_thread());
  return 1;
}

static inline unsigned long cpython_native_thread(void) { return PyThread_get_thread_native_id(); }
// Nanoseconds of a clock that only goes forward.
static inline int64_t cpython_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int cpython_process(void) { return getpid(); }

// -- A callable that carries a pointer of ours -------------------------------
//
// Its type has a vectorcall slot (PEP 590), so the interpreter calls the
// function at once, without the bookkeeping of a built-in function. 3.11's
// limited API lacks the slot's names, not the slot.

typedef struct {
  PyObject_HEAD
  cpython_vectorcall _Nonnull vectorcall;
  void *_Nullable context;
} cpython_callable;

enum { CPYTHON_HAVE_VECTORCALL = 1 << 11, CPYTHON_MOST_ARGUMENTS = 4 };

static inline void cpython_callable_dealloc(PyObject *_Nonnull self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DecRef((PyObject *)type);
}

static inline PyObject *_Nullable cpython_callable_call(
    PyObject *_Nonnull self, PyObject *_Nonnull arguments, PyObject *_Nullable keywords) {
  PyObject *items[CPYTHON_MOST_ARGUMENTS];
  Py_ssize_t count = PyTuple_Size(arguments);
  if (count > CPYTHON_MOST_ARGUMENTS || (keywords && PyDict_Size(keywords) > 0)) {
    PyErr_SetString(PyExc_TypeError, "not the arguments of a monitoring callback");
    return NULL;
  }
  for (Py_ssize_t i = 0; i < count; i++) items[i] = PyTuple_GetItem(arguments, i);
  return ((cpython_callable *)self)->vectorcall(self, items, (size_t)count, NULL);
}

static inline PyObject *_Nullable cpython_new_callable_type(void) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(cpython_callable, vectorcall), READONLY, NULL},
      {NULL, 0, 0, 0, NULL},
  };
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, (void *)cpython_callable_dealloc},
      {Py_tp_call, (void *)cpython_callable_call},
      {Py_tp_members, members},
      {0, NULL},
  };
  static PyType_Spec spec = {
      .name = "swifttrace.swifttrace.callback",
      .basicsize = sizeof(cpython_callable),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | CPYTHON_HAVE_VECTORCALL,
      .slots = slots,
  };
  return PyType_FromSpec(&spec);
}

static inline PyObject *_Nullable cpython_new_callable(
    PyObject *_Nonnull type, cpython_vectorcall _Nonnull function, void *_Nullable context) {
  PyObject *self = PyType_GenericAlloc((PyTypeObject *)type, 0);
  if (self == NULL) return NULL;
  ((cpython_callable *)self)->vectorcall = function;
  ((cpython_callable *)self)->context = context;
  return self;
}

// -- The module ---------------------------------------------------------------

static inline PyMethodDef cpython_method(
    const char *_Nonnull name, cpython_fastcall _Nonnull function, const char *_Nullable doc) {
  PyMethodDef method = {name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, doc};
  return method;
}

// - Parameter flags: `METH_NOARGS`, `METH_O` or `METH_VARARGS`.
static inline PyMethodDef cpython_plain_method(
    const char *_Nonnull name, PyCFunction _Nonnull function, int flags) {
  PyMethodDef method = {name, function, flags, NULL};
  return method;
}

static inline PyObject *_Nullable cpython_module(
    const char *_Nonnull name, PyMethodDef *_Nonnull methods,
    int (*_Nonnull execute)(PyObject *_Nonnull module), traverseproc _Nonnull traverse,
    inquiry _Nonnull clear) {
  static PyModuleDef_Slot slots[2];
  static PyModuleDef definition = {PyModuleDef_HEAD_INIT};
  slots[0].slot = Py_mod_exec;
  slots[0].value = (void *)execute;
  definition.m_name = name;
  definition.m_methods = methods;
  definition.m_slots = slots;
  definition.m_traverse = traverse;
  definition.m_clear = clear;
  return PyModuleDef_Init(&definition);
}

#include "alarm.h"
#include "holder.h"
#include "python311.h"

#endif
