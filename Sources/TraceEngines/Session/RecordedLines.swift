public import TraceCore

/// Lines that are recorded in a ring and printed when asked for.
extension Tracer {
  func beginRing(_ session: Session?) {
    let ring = session?.sink.ringSink
    hot.pointee.ring = ring?.ringWindow ?? .none
    hot.pointee.countsCalls = session?.countsCalls ?? false
    hot.pointee.isDetailed = session?.details != nil || session?.timesLines == true
    hot.pointee.notesOrigins = session?.origins != nil
    hot.pointee.awaitsProgram = session?.awaitsProgram ?? false
    forgetDepths()
    ring?.arm()
  }

  /// - Returns: false where lines are written and not kept.
  func keepsInRing(_ line: RenderedLine, _ session: Session, isNote: Bool) -> Bool {
    guard let ring = session.sink.ringSink else { return false }
    var line = line
    if session.isComposed {
      compose(line, session)
      record(session.scratch, in: ring, session)
      return true
    } else if isNote {
      // Its tag is put in as it is printed.
      line = ring.keep(Bytes(UnsafeRawBufferPointer(start: line.start, count: line.count)))
    }
    return record(line, in: ring, session)
  }

  func record(_ line: Bytes, in ring: RingSink, _ session: Session) {
    record(ring.keep(line), in: ring, session)
  }

  /// The pair has a ring of its own.
  @discardableResult
  private func record(_ line: RenderedLine, in ring: RingSink, _ session: Session) -> Bool {
    session === self.session ? hot.pointee.ring.record(line) : ring.ringWindow.record(line)
  }

  /// In a child that was forked, before its first line. Its lines lie elsewhere from then
  /// on.
  /// - Returns: false where it could have none.
  func moveRing(_ session: Session) -> Bool {
    guard let ring = session.sink.ringSink else { return true }
    let before = ring.lines
    do throws(TraceError) {
      guard try ring.move(tagged: session.placeOfTag) else { return true }
    } catch {
      fail(error, session)
      return false
    }
    forgetLines(in: before)
    hot.pointee.code = nil
    hot.pointee.ring = ring.ringWindow
    return true
  }

  /// Has the lines that are recorded from now on say whose they are.
  func markThread(_ session: Session, _ thread: UInt) {
    guard let ring = session.sink.ringSink else { return }
    hot.pointee.ring.mark = ring.mark(for: session.isComposed ? [] : session.tag.bytes)
    if session.countsCalls { hot.showDepth() }
    if session.isPlain || session.tagThread == thread { hot.pointee.thread = thread }
  }

  /// The last lines of a session that records them, as they are printed; empty of one
  /// that does not.
  public func report(_ session: Session, because reason: RingReport.Reason) -> Bytes {
    endLines(session)
    return session.sink.ringSink?.text(because: reason) ?? []
  }

  /// Prints such a report where the session's go.
  public func print(_ report: Bytes, _ session: Session) {
    if session.sink.ringSink != nil { put(report, session, from: .function) }
  }
}

extension Session {
  /// Each line is put together as it runs, and its tag is part of it.
  fileprivate var isComposed: Bool {
    differsByLine || !filled.isEmpty || look.fit != nil
  }
}
