import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// Gives the module the names and numbers that Python's side goes by.
func addConstants(to module: Borrowed) throws(PythonError) {
  try addLineFields(to: module)
  try add("NOTES_WHERE_SHARED", ProcessNotes.Wanted.fromSecondProcess.rawValue, to: module)
  try add("NOTES", ProcessNotes.Wanted.always.rawValue, to: module)
  try add("EVENT_CALL", FrameEvent.Kind.call.rawValue, to: module)
  try add("EVENT_RESUME", FrameEvent.Kind.resume.rawValue, to: module)
  try add("EVENT_RETURN", FrameEvent.Kind.return.rawValue, to: module)
  try add("EVENT_YIELD", FrameEvent.Kind.yield.rawValue, to: module)
  try add("EVENT_RAISE", FrameEvent.Kind.raise.rawValue, to: module)
  try add("EVENT_LEAVE", FrameEvent.Kind.leave.rawValue, to: module)
  try add("LEAVE_FILE", OwnFile.Answer.leave.rawValue, to: module)
  try add("BEGIN_FILE", OwnFile.Answer.begin.rawValue, to: module)
}

private func add(_ name: StaticString, _ value: Int, to module: Borrowed) throws(PythonError) {
  try check(status: PyModule_AddIntConstant(module, name.chars, value))
}

/// `LINE_FIELDS`: the bit of each field that a tag may have, by the name that a template has
/// for it.
private func addLineFields(to module: Borrowed) throws(PythonError) {
  let bits = try check(PyDict_New())
  for field in LineField.inTag {
    let bit = try PyRef.integer(LineFields(field).rawValue)
    try check(status: PyDict_SetItemString(bits.borrowed, field.name.chars, bit.borrowed))
  }
  try check(status: PyModule_AddObjectRef(module, StaticString("LINE_FIELDS").chars, bits.borrowed))
}
