// -- An object that holds a pointer of ours ------------------------------------
//
// Its type refers to no module: the collector does not see which objects are of the type, and
// would keep the module of one that is still there, and all that the module leads to.

typedef struct {
  PyObject_HEAD
  void *_Nullable held;
} cpython_holder;

static inline PyObject *_Nullable cpython_new_holder_type(
    const char *_Nonnull name, newfunc _Nonnull make, destructor _Nonnull deallocate,
    PyMethodDef *_Nonnull methods) {
  PyType_Slot slots[] = {
      {Py_tp_new, (void *)make},
      {Py_tp_dealloc, (void *)deallocate},
      {Py_tp_methods, methods},
      {0, NULL},
  };
  PyType_Spec spec = {
      .name = name,
      .basicsize = sizeof(cpython_holder),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
      .slots = slots,
  };
  return PyType_FromSpec(&spec);
}

static inline PyObject *_Nullable cpython_new_holder(
    PyTypeObject *_Nonnull type, void *_Nonnull held) {
  PyObject *self = PyType_GenericAlloc(type, 0);
  if (self != NULL) ((cpython_holder *)self)->held = held;
  return self;
}

// Whether an object is of a type that was made with the destructor.
static inline int cpython_is_holder(PyObject *_Nonnull o, destructor _Nonnull deallocate) {
  return PyType_GetSlot(Py_TYPE(o), Py_tp_dealloc) == (void *)deallocate;
}

static inline void *_Nullable cpython_held(PyObject *_Nonnull o) {
  return ((cpython_holder *)o)->held;
}

// To be called by the destructor, at its end.
static inline void cpython_free_holder(PyObject *_Nonnull self) {
  PyTypeObject *type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DecRef((PyObject *)type);
}
