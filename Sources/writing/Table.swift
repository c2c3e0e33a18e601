import CSystem
import Recording

/// The functions that the tracer calls.
extension Recorder {
  static func table(
    _ context: UnsafeMutableRawPointer, recording: UnsafeMutablePointer<csystem_recording>
  ) -> csystem_recorder {
    csystem_recorder(
      version: UInt32(CSYSTEM_RECORDER_VERSION), is_taken: 0, is_full: 0, keeps_failed: 0,
      context: context, recording: recording, begin: cBegin, renew: { recorder($0).renew() },
      file: cFile, place: cPlace, code: cCode, event: cEvent,
      text: cText, mark: { recorder($0).mark() },
      take_back: { context, most in recorder(context).write { $0.takeBack(upTo: most) } },
      close: { recorder($0).close() }, free: { Recorder.free($0) })
  }

  static func free(_ context: UnsafeMutableRawPointer) {
    Unmanaged<Recorder>.fromOpaque(context).release()
  }

  fileprivate func event(_ event: csystem_event, _ first: UInt64, _ second: UInt64) -> Bool {
    let number = UInt32(truncatingIfNeeded: first)
    return write { (writer: RecordingWriter) throws(RecordingError) -> Void in
      if isTimed(event) { try writer.stamp() }
      switch event {
      case CSYSTEM_LINE: try writer.record(number)
      case CSYSTEM_CALL: try writer.call(number)
      case CSYSTEM_RESUME: try writer.resume(number, activation: second)
      case CSYSTEM_RETURN: try writer.return()
      case CSYSTEM_YIELD: try writer.yield(activation: first)
      case CSYSTEM_RAISE: try writer.raise()
      case CSYSTEM_CAUGHT: try writer.caught()
      case CSYSTEM_UNWIND: try writer.unwind()
      case CSYSTEM_THREAD: try writer.switchThread(to: number)
      default: try writer.finish(status: first == 0 ? nil : Int(first) - 1)
      }
    } != nil
  }

  fileprivate func text(
    _ kind: csystem_text, _ text: UnsafeRawBufferPointer, _ place: UInt32, _ indentation: UInt32
  ) -> Bool {
    if kind == CSYSTEM_LABEL { return label([UInt8](text)) }
    return write { writer throws(RecordingError) in
      switch kind {
      case CSYSTEM_TEXT: try writer.text(text)
      case CSYSTEM_THREAD_NAME: try writer.defineThread(place, name: [UInt8](text))
      case CSYSTEM_NOTE:
        try writer.note(
          text, at: place, indentation: indentation == 0 ? nil : Int(indentation) - 1)
      default: try writer.spelled(text, at: place, isNote: kind == CSYSTEM_SPELLED_NOTE)
      }
    } != nil
  }
}

/// Whether the time of it is recorded: of the beginnings and ends of calls.
private func isTimed(_ event: csystem_event) -> Bool {
  switch event {
  case CSYSTEM_CALL, CSYSTEM_RESUME, CSYSTEM_RETURN, CSYSTEM_YIELD, CSYSTEM_UNWIND: true
  default: false
  }
}

private func recorder(_ context: UnsafeMutableRawPointer) -> Recorder {
  Unmanaged<Recorder>.fromOpaque(context).takeUnretainedValue()
}

extension csystem_bytes {
  fileprivate var buffer: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: count)
  }
  fileprivate var bytes: [UInt8] { [UInt8](buffer) }
  /// The bytes; nil if there are none.
  fileprivate var optional: [UInt8]? { start == nil ? nil : bytes }
}

private let cBegin:
  @convention(c) (UnsafeMutableRawPointer, csystem_recording_file, UInt32) -> CInt = {
    context, file, crosses in
    recorder(context).begin(file, crosses: crosses) ? 1 : 0
  }

private let cFile:
  @convention(c) (UnsafeMutableRawPointer, csystem_bytes, csystem_bytes, csystem_bytes) -> UInt32 =
    { context, name, path, source in
      recorder(context).file(name.bytes, path.bytes, source.optional)
    }

private let cPlace:
  @convention(c) (UnsafeMutableRawPointer, UInt32, UInt64, csystem_bytes) -> UInt32 = {
    context, file, line, text in
    recorder(context).place(line, of: file, text.optional)
  }

private let cCode:
  @convention(c) (UnsafeMutableRawPointer, UInt32, UInt64, csystem_bytes) -> UInt32 = {
    context, file, line, name in
    recorder(context).code(name.bytes, firstLine: line, of: file)
  }

private let cEvent:
  @convention(c) (UnsafeMutableRawPointer, csystem_event, UInt64, UInt64) -> CInt = {
    context, event, first, second in
    recorder(context).event(event, first, second) ? 1 : 0
  }

private let cText:
  @convention(c) (UnsafeMutableRawPointer, csystem_text, csystem_bytes, UInt32, UInt32) -> CInt = {
    context, kind, text, place, indentation in
    recorder(context).text(kind, text.buffer, place, indentation) ? 1 : 0
  }
