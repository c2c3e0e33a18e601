// Native hooks that do nothing: what CPython itself charges for calling one.
//
// Built by scripts/bench against each interpreter's own headers, as the fastest
// hook that interpreter can have; swifttrace, one binary for all, is compared
// with it.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <string.h>
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

// -- write(2) ------------------------------------------------------------------

enum { LINE_SIZE = 40, MOST_AT_ONCE = 65536 / LINE_SIZE };

// write_lines(fd, count, at_once): lines of 40 bytes, so many in each write(2).
static PyObject *write_lines(PyObject *self, PyObject *arguments) {
  static const char text[] = "+ [    12]         total += first + one\n";
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

// -- The module ------------------------------------------------------------------

static PyMethodDef methods[] = {
    {"line", (PyCFunction)(void (*)(void))line, METH_FASTCALL, NULL},
    {"set_trace", set_trace, METH_NOARGS, NULL},
    {"clear_trace", clear_trace, METH_NOARGS, NULL},
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
