import CPython
import CSystem
import PythonInterop
import TraceCore

/// Lines and events that a recording takes as numbers.
extension TextWriter {
  /// Lines go into a recording as they are printed: each says what no other one does.
  var isSpelled: Bool {
    guard output.destination.recording != nil else { return false }
    return format.template != nil || look.fit != nil || !shown.isDisjoint(with: .ofEachMoment)
  }

  /// A line, or a note where those are spelled.
  func record(_ line: RenderedLine, in recording: RecordingSink, at place: UInt32? = nil) {
    leaveRunner()
    if !output.isInForce, place == nil { output.count() }
    if isSpelled {
      compose(line)
      return noteOutcome(
        recording.record(spelled: scratch, at: place ?? line.place, isNote: place != nil))
    }
    noteOutcome(recording.record(line.place, label: tag.bytes))
  }

  /// What an event says, and what it means for who looks at calls.
  func record(
    _ event: TraceEvent, of entry: CodeEntry, _ lines: RenderedLines, in recording: RecordingSink
  ) {
    leaveRunner()
    let place = lines.line(event.line).place
    let isCall = recordCall(event, of: entry, lines, in: recording)
    output.count()
    if isSpelled {
      record(
        lines.note(event.text, at: event.line, indentation: event.indentation), in: recording,
        at: place)
    } else {
      noteOutcome(
        recording.record(
          event.text, at: place, indentation: event.indentation, label: tag.bytes))
    }
    if !isCall { recordEnd(event, in: recording) }
  }

  /// A line that was held until it ended.
  func record(_ held: HeldLine, in recording: RecordingSink) {
    held.withLine {
      compose($0, held)
      noteOutcome(recording.record(spelled: scratch, at: $0.place, isNote: false))
    }
  }

  private func recordCall(
    _ event: TraceEvent, of entry: CodeEntry, _ lines: RenderedLines, in recording: RecordingSink
  ) -> Bool {
    let kind: csystem_event
    switch event.kind {
    case .call: kind = CSYSTEM_CALL
    case .resume: kind = CSYSTEM_RESUME
    default: return false
    }
    if entry.recorded.generation != recording.generation {
      let name = event.function
      let code = recording.define(name, firstLine: entry.firstLine, of: lines)
      entry.recorded = (recording.generation, code)
    }
    _ = recording.record(kind, UInt64(entry.recorded.code))
    return true
  }

  private func recordEnd(_ event: TraceEvent, in recording: RecordingSink) {
    switch event.kind {
    case .return: _ = recording.record(CSYSTEM_RETURN)
    case .yield: _ = recording.record(CSYSTEM_YIELD)
    case .exception(.raised, _), .exception(.raisedAgain, _): _ = recording.record(CSYSTEM_RAISE)
    case .exception(.caught, _): _ = recording.record(CSYSTEM_CAUGHT)
    case .exception(.left, _): _ = recording.record(CSYSTEM_UNWIND)
    default: break
    }
  }

  /// The runner's lines are not taken back once another file's have come.
  private func leaveRunner() {
    guard let lines = output.runnerLines, lines.path != output.fileAtHand else { return }
    _ = output.endRunnerLines()
  }

  func noteOutcome(_ outcome: Sink.Outcome) {
    if case .failed(let error) = outcome { output.fail(error) }
    // The next line goes the long way, which calls `move`.
    if output.destination.recording?.isFull == true { hot.pointee.thread = 0 }
  }

  /// In a child that was forked, before its first line: to a recording of its own. In a bounded
  /// recording: to its next generation.
  /// - Returns: false where it could have none.
  func move(_ recording: RecordingSink) -> Bool {
    let before = recording.lines
    if !recording.renew() {
      do throws(TraceError) {
        guard try recording.move(crosses: output.depth) else { return true }
      } catch {
        output.fail(error)
        return false
      }
      output.beginRecording()
    }
    code.forgetLines(in: before)
    hot.pointee.code = nil
    return true
  }
}
