// Native hooks that do nothing: what CPython itself charges for calling one.
//
// Built by scripts/bench against each interpreter's own headers, as the fastest
// hook that interpreter can have; swifttrace, one binary for all, is compared
// with it.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// -- sys.monitoring: a LINE callback -----------------------------------------

static PyObject *line(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
  Py_RETURN_NONE;
}

// The same as an object with a vectorcall slot of its own, which spares the
// bookkeeping of a built-in function.
typedef struct {
  PyObject_HEAD
  vectorcallfunc vectorcall;
} Callable;

static PyObject *slot_line(
    PyObject *self, PyObject *const *arguments, size_t count, PyObject *keywords) {
  Py_RETURN_NONE;
}

static PyTypeObject callable_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "bench_hook.callable",
    .tp_basicsize = sizeof(Callable),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Callable, vectorcall),
    .tp_call = PyVectorcall_Call,
};

static PyObject *new_slot_line(void) {
  Callable *callable = PyObject_New(Callable, &callable_type);
  if (callable) callable->vectorcall = slot_line;
  return (PyObject *)callable;
}

// -- PyEval_SetTrace -----------------------------------------------------------

static int trace(PyObject *self, PyFrameObject *frame, int event, PyObject *argument) {
  return 0;
}

static PyObject *set_trace(PyObject *self, PyObject *ignored) {
  PyEval_SetTrace(trace, NULL);
  Py_RETURN_NONE;
}

static PyObject *clear_trace(PyObject *self, PyObject *ignored) {
  PyEval_SetTrace(NULL, NULL);
  Py_RETURN_NONE;
}

// -- Lines of 40 bytes into a file, with no tracer ------------------------------

enum { LINE_SIZE = 40, MOST_AT_ONCE = 65536 / LINE_SIZE, WINDOW_SIZE = 256 * 1024 };

static const char text[] = "+ [    12]         total += first + one\n";

// write_lines(fd, count, at_once): so many in each write(2).
static PyObject *write_lines(PyObject *self, PyObject *arguments) {
  static char buffer[MOST_AT_ONCE * LINE_SIZE];
  int fd;
  long count, at_once;
  _Static_assert(sizeof text - 1 == LINE_SIZE, "the line has another length");
  if (!PyArg_ParseTuple(arguments, "ill", &fd, &count, &at_once)) return NULL;
  if (at_once > MOST_AT_ONCE) at_once = MOST_AT_ONCE;
  for (; count > 0; count -= at_once) {
    for (long i = 0; i < at_once; i++) memcpy(buffer + i * LINE_SIZE, text, LINE_SIZE);
    ssize_t size = at_once * LINE_SIZE;
    if (write(fd, buffer, size) != size) return PyErr_SetFromErrno(PyExc_OSError);
  }
  Py_RETURN_NONE;
}

// The end of a file as memory, filled with spaces, so that the disk has room for it. In
// the place of the window before: at a multiple of its size, for one page fault each.
static char *map_window(int fd, off_t start) {
  static char spaces[WINDOW_SIZE], *place;
  if (!place) {
    memset(spaces, ' ', sizeof spaces);
    char *room = mmap(NULL, 2 * WINDOW_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return MAP_FAILED;
    place = (char *)(((uintptr_t)room + WINDOW_SIZE - 1) / WINDOW_SIZE * WINDOW_SIZE);
  }
  if (pwrite(fd, spaces, WINDOW_SIZE, start) != WINDOW_SIZE) return MAP_FAILED;
  return mmap(place, WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, start);
}

// copy_lines(fd, count): copied into a shared mapping behind what the file has, window
// after window; it is cut to its length at the end. A line may lie in two windows, as a
// tracer's does.
static PyObject *copy_lines(PyObject *self, PyObject *arguments) {
  int fd;
  long count;
  if (!PyArg_ParseTuple(arguments, "il", &fd, &count)) return NULL;
  char *window = NULL, *next = NULL, *end = NULL;
  off_t start = (lseek(fd, 0, SEEK_END) + WINDOW_SIZE - 1) / WINDOW_SIZE * WINDOW_SIZE;
  off_t mapped = start;
  for (long i = 0; i < count; i++) {
    ssize_t room = end - next, rest = LINE_SIZE;
    if (room < rest) {
      if (room > 0) memcpy(next, text, room);
      rest -= room;
      window = map_window(fd, mapped);
      if (window == MAP_FAILED) return PyErr_SetFromErrno(PyExc_OSError);
      mapped += WINDOW_SIZE;
      next = window;
      end = window + WINDOW_SIZE;
      memcpy(next, text + room, rest);
    } else {
      memcpy(next, text, LINE_SIZE);
    }
    next += rest;
  }
  if (ftruncate(fd, start + count * LINE_SIZE) != 0) return PyErr_SetFromErrno(PyExc_OSError);
  Py_RETURN_NONE;
}

// -- The module ------------------------------------------------------------------

static PyMethodDef methods[] = {
    {"line", (PyCFunction)(void (*)(void))line, METH_FASTCALL, NULL},
    {"set_trace", set_trace, METH_NOARGS, NULL},
    {"clear_trace", clear_trace, METH_NOARGS, NULL},
    {"copy_lines", copy_lines, METH_VARARGS, NULL},
    {"write_lines", write_lines, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "bench_hook", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_bench_hook(void) {
  if (PyType_Ready(&callable_type) < 0) return NULL;
  PyObject *self = PyModule_Create(&module);
  if (self && PyModule_AddObject(self, "slot_line", new_slot_line()) < 0) return NULL;
  return self;
}
