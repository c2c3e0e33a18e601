// A program that embeds Python: it starts an interpreter, runs a file in it and ends it,
// as often as it is told, and goes on.
//
//   host PYTHON PREFIX times MODE FILE [N]   N lives of the interpreter, one after the other
//   host PYTHON PREFIX main ARGUMENT...      as `python ARGUMENT...`, by Py_RunMain
//
// PYTHON is an environment's, PREFIX where what it was made from has its library: from 3.14
// on a second life does not find that by itself (`sys.base_prefix`).
// MODE says who runs the file: `here` the thread that started the interpreter, `thread`
// one of the host's own. The file finds the number of its life as `life`. The status is
// 7, or 1 where the file has raised; in the second form Python's.
#include <Python.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 7 };

static char *python, *prefix, *file;
static int failures;

static void fail(PyStatus status) {
  if (PyStatus_Exception(status)) Py_ExitStatusException(status);
}

static void start(int count, char **arguments) {
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.parse_argv = count > 1;
  fail(PyConfig_SetBytesString(&config, &config.program_name, python));
  fail(PyConfig_SetBytesString(&config, &config.base_prefix, prefix));
  fail(PyConfig_SetBytesString(&config, &config.base_exec_prefix, prefix));
  fail(PyConfig_SetBytesArgv(&config, count, arguments));
  fail(Py_InitializeFromConfig(&config));
  PyConfig_Clear(&config);
}

static char *text_of(const char *name) {
  static char text[1 << 16];
  FILE *stream = fopen(name, "r");
  if (stream == NULL) exit(2);
  text[fread(text, 1, sizeof text - 1, stream)] = 0;
  fclose(stream);
  return text;
}

static PyObject *main_names(void) {
  PyObject *module = PyImport_AddModule("__main__");
  return module ? PyModule_GetDict(module) : NULL;
}

static void run(void) {
  PyObject *names = main_names();
  PyObject *code = Py_CompileString(text_of(file), file, Py_file_input);
  PyObject *result = code && names ? PyEval_EvalCode(code, names, names) : NULL;
  if (result == NULL) {
    PyErr_Print();
    failures++;
  }
  Py_XDECREF(result);
  Py_XDECREF(code);
}

static void *run_in_thread(void *unused) {
  PyGILState_STATE state = PyGILState_Ensure();
  run();
  PyGILState_Release(state);
  return unused;
}

static void run_elsewhere(void) {
  pthread_t thread;
  Py_BEGIN_ALLOW_THREADS
  if (pthread_create(&thread, NULL, run_in_thread, NULL) != 0) exit(2);
  pthread_join(thread, NULL);
  Py_END_ALLOW_THREADS
}

static void live(int number, int in_thread) {
  start(1, &file);
  PyObject *life = PyLong_FromLong(number);
  if (life == NULL || PyDict_SetItemString(main_names(), "life", life) < 0) exit(2);
  Py_DECREF(life);
  if (in_thread) run_elsewhere();
  else run();
  if (Py_FinalizeEx() < 0) failures++;
}

int main(int count, char **arguments) {
  if (count < 5) return 2;
  python = arguments[1];
  prefix = arguments[2];
  if (strcmp(arguments[3], "main") == 0) {
    // The first argument stands for the program's own name.
    start(count - 3, arguments + 3);
    return Py_RunMain();
  }
  if (count < 6) return 2;
  file = arguments[5];
  int lives = count > 6 ? atoi(arguments[6]) : 1;
  for (int life = 1; life <= lives; life++) live(life, strcmp(arguments[4], "thread") == 0);
  printf("the host goes on\n");
  return failures ? 1 : DONE;
}
