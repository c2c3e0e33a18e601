import CPython
import PythonInterop
import TraceCore

/// The names of the thread and the task that run, as the user gave them.
enum ThreadNames {
  /// `threading.current_thread().name`, without making a thread known that is not.
  /// nil: `threading` does not know it, or not yet.
  static func thread() -> Bytes? {
    name { () throws(PythonError) in
      guard let threading = try PyRef.loadedModule("threading") else { return nil }
      let active = try threading.attribute("_active")
      let ident = try check(PyLong_FromUnsignedLong(PyThread_get_thread_ident()))
      guard cpython_is_dict(active.borrowed) != 0,
        let thread = PyDict_GetItemWithError(active.borrowed, ident.borrowed)
      else { return nil }
      return try PyRef.attribute("_name", of: thread).text
    }
  }

  /// Python code of the program's may run for it: its classes may be all they like.
  private static func name(_ body: () throws(PythonError) -> Bytes?) -> Bytes? {
    var name: Bytes?
    containingOwnExceptions { () throws(PythonError) in name = try body() }
    return name
  }

  /// What such a thread is called: by the kernel's number for it.
  static func unnamed() -> Bytes {
    let number = Int(cpython_native_thread())
    if number == Int(cpython_process()) { return Bytes("MainThread") }
    var name = Bytes("thread-")
    name.append(decimal: number)
    return name
  }

  /// `asyncio.current_task().get_name()`; nil outside of tasks. Of `asyncio` itself built-in
  /// functions only: Python code would run the handlers of signals that wait.
  static func task() -> Bytes? {
    name { () throws(PythonError) in
      guard let asyncio = try PyRef.loadedModule("_asyncio") else { return nil }
      let loop = try asyncio.attribute("_get_running_loop").call()
      guard !loop.isNone, let task = try task(of: loop, asyncio), !task.isNone else { return nil }
      return try task.attribute("get_name").call().text
    }
  }

  /// `current_task` is built in from 3.12 on.
  private static func task(of loop: borrowing PyRef, _ asyncio: borrowing PyRef)
    throws(PythonError) -> PyRef?
  {
    if let current = try? asyncio.attribute("current_task") {
      return try current.call(loop.borrowed)
    }
    PyErr_Clear()
    let tasks = try asyncio.attribute("_current_tasks")
    guard cpython_is_dict(tasks.borrowed) != 0 else { return nil }
    return PyDict_GetItemWithError(tasks.borrowed, loop.borrowed).map { PyRef(retaining: $0) }
  }
}
