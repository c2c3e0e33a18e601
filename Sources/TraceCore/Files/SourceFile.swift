/// A file that code objects name: what is known of it, once.
public final class SourceFile {
  /// The name as the code objects have it, in the file system's bytes.
  public let name: Bytes
  /// The absolute path; for a pseudo name such as `<string>` the name again.
  public let path: Bytes
  /// Whether the text is the script's own, which the launcher was given with `-c` or on standard
  /// input.
  public let isScript: Bool
  /// Of a template, whose code objects have the numbers of generated Python.
  public let map: LineMap?

  /// How many code objects refer to it.
  var users = 0
  private(set) var stamp: FileStamp?
  private var content: Content
  private var rendered: RenderedLines?
  /// Once they were asked for, and there are any.
  public private(set) var statements: StatementLines?
  private var hasNoStatements = false
  private var decision: (inScope: Bool, generation: Int)?

  /// What looking for a text comes to.
  public enum Finding {
    case text(SourceText)
    case none
    /// It has to be looked for once more: memory ran out, or a signal's handler has raised.
    case notNow
  }

  enum Content {
    case unread
    case none
    case text(SourceText)
  }

  init(name: Bytes, path: Bytes) {
    (self.name, self.path) = (name, path)
    (content, isScript, map) = (.unread, false, nil)
  }

  /// The same file for code objects that were made of another text than it has.
  /// - Parameter text: that text; nil: nobody has it.
  public init(_ file: SourceFile, text: SourceText?) {
    (name, path, isScript, map) = (file.name, file.path, file.isScript, nil)
    content = text.map { .text($0) } ?? .none
  }

  /// The same file for code objects that were generated from it.
  /// - Parameter text: its text, where it is not the file's.
  public init(_ template: SourceFile, map: LineMap, text: SourceText? = nil) {
    (name, path, isScript) = (template.name, template.path, template.isScript)
    (content, self.map) = (text.map { .text($0) } ?? .unread, map)
  }

  /// A file whose text is known beforehand and lies in no file.
  public init(script text: BytesView, name: Bytes) {
    (self.name, path) = (name, name)
    (content, isScript, map) = (.text(SourceText(text)), true, nil)
  }

  /// Whether it is in scope; asked of the scope once in each generation of it.
  public func isInScope(_ scope: Scope, generation: Int) -> Bool {
    if let decision, decision.generation == generation { return decision.inScope }
    let inScope = scope.contains(name: name, path: path, isScript: isScript)
    decision = (inScope, generation)
    return inScope
  }

  /// Whether that was asked for the scope as it is.
  public func isDecided(_ generation: Int) -> Bool { decision?.generation == generation }

  /// The lines of the file in a style. A text is looked for the first time only, unless there
  /// is no answer yet.
  /// - Parameters:
  ///   - find: asked for the text, until there is an answer.
  ///   - join: the text with each statement as one line; nil: it has none.
  ///   - paint: the text in colours, of one that is visible; nil: there are none.
  public func lines(
    as style: LineStyle, in memory: LineMemory = .heap, find: (SourceFile) -> Finding,
    join: (SourceText) -> StatementLines? = { _ in nil },
    paint: (Bytes) -> SourceText? = { _ in nil }
  ) -> RenderedLines {
    func known() -> RenderedLines? {
      guard let rendered, rendered.style == style else { return nil }
      return rendered.memory === memory ? rendered : nil
    }
    if let known = known() { return known }
    read(find)
    if style.look.joinsStatements { findStatements(join) }
    let text = style.look.joinsStatements ? statements?.text ?? text : text
    let painted = style.look.hasColours ? text.flatMap { paint($0.visible) } : nil
    // Looking for a text may have run Python code, and that another thread.
    if let known = known() { return known }
    let source = RenderedLines.Source(text, name: name, path: path, map: map, painted: painted)
    let lines = RenderedLines(of: source, as: style, in: memory)
    if isRead { rendered = lines }
    return lines
  }

  /// Not of a template, whose lines are not those that run.
  private func findStatements(_ join: (SourceText) -> StatementLines?) {
    guard statements == nil, !hasNoStatements, map == nil, let text else { return }
    let found = join(text)
    if let found, found.text.lineCount == text.lineCount { statements = found }
    hasNoStatements = statements == nil
  }

  /// Lets go of lines that lie in a memory nobody prints from any more.
  public func forgetLines(in memory: LineMemory) {
    if rendered?.memory === memory { rendered = nil }
  }

  /// Its text, looked for where that was not done; nil: there is none, or not yet.
  public func text(find: (SourceFile) -> Finding) -> SourceText? {
    read(find)
    return text
  }

  /// Whether line `number` of its code objects is shown.
  public func shows(_ number: Int) -> Bool { map.map { $0[number] != nil } ?? true }

  private func read(_ find: (SourceFile) -> Finding) {
    guard case .unread = content else { return }
    let found = find(self)
    guard case .unread = content else { return }
    switch found {
    case .text(let text): content = .text(text)
    case .none: content = .none
    case .notNow: break
    }
  }

  /// The text, if it was looked for and found.
  public var text: SourceText? {
    if case .text(let text) = content { text } else { nil }
  }

  /// Whether the text was looked for, with any answer that holds for good.
  public var isRead: Bool {
    if case .unread = content { false } else { true }
  }

  /// Whether its text was on no disk: the next one of its name may have another.
  var isInMemory: Bool { FilePath.isPseudo(name) || isRead && stamp == nil }

  /// Its own bytes, from the disk; nil where they are not to be had.
  public func readFromDisk() -> Bytes? {
    if FilePath.isPseudo(name) { return nil }
    stamp = FileStamp(of: path)
    return SourceReader.read(path)
  }

  /// Whether the file on the disk is another one than was read, or than was not
  /// there to be read.
  var isOutdated: Bool {
    guard isRead, !isScript, !FilePath.isPseudo(name), let now = FileStamp(of: path) else {
      return false
    }
    return stamp != now
  }
}
