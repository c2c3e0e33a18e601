/// The source files of the code objects there are.
///
/// A file is forgotten with its last code object, so that a program that makes a
/// million of them, each with a name of its own, does not grow; a few real files
/// are kept all the same, for one that runs the same file over and over.
public struct LineCache: ~Copyable {
  private static let mostIdle = 256

  private let start: Bytes
  private var buckets: [[SourceFile]]
  private var count = 0
  private var idle = 0

  /// - Parameter start: where relative names are resolved, whatever directory the
  ///   program moves to.
  public init(start: Bytes) {
    self.start = start
    buckets = Array(repeating: [], count: 64)
  }

  /// The file for a code object that has just been met.
  /// - Parameter isModule: the code is a module's: the module may have been
  ///   edited and loaded again.
  public mutating func file(named name: Bytes, isModule: Bool) -> SourceFile {
    if let known = known(name) {
      if known.users == 0 { idle -= 1 }
      if !(isModule && known.isOutdated) { return use(known) }
      remove(known)
    }
    let path = FilePath.isPseudo(name) ? name : FilePath.absolute(name, from: start)
    let file = SourceFile(name: name, path: path)
    insert(file)
    return use(file)
  }

  /// For a pseudo name whose text was read: another text has been registered
  /// under it, which the code objects from now on belong to.
  public mutating func replace(_ file: SourceFile) -> SourceFile {
    remove(file)
    release(file)
    return self.file(named: file.name, isModule: false)
  }

  /// A code object of the file is gone.
  public mutating func release(_ file: SourceFile) {
    file.users -= 1
    guard file.users == 0, known(file.name) === file else { return }
    if file.isInMemory || idle >= Self.mostIdle {
      remove(file)
    } else {
      idle += 1
    }
  }

  /// Has every file let go of the lines that lie in a memory which is no longer printed from.
  public func forgetLines(in memory: LineMemory) {
    for bucket in buckets { for file in bucket { file.forgetLines(in: memory) } }
  }

  /// A file that is in no list, used by one code object more.
  public func adopt(_ file: SourceFile) {
    file.users += 1
  }

  private mutating func use(_ file: SourceFile) -> SourceFile {
    file.users += 1
    return file
  }

  private func known(_ name: Bytes) -> SourceFile? {
    buckets[bucket(of: name)].first { $0.name == name }
  }

  private mutating func insert(_ file: SourceFile) {
    if count >= buckets.count { grow() }
    buckets[bucket(of: file.name)].append(file)
    count += 1
  }

  private mutating func remove(_ file: SourceFile) {
    let bucket = bucket(of: file.name)
    guard let index = buckets[bucket].firstIndex(where: { $0 === file }) else { return }
    buckets[bucket].remove(at: index)
    count -= 1
  }

  private mutating func grow() {
    let files = buckets.flatMap { $0 }
    buckets = Array(repeating: [], count: buckets.count * 4)
    for file in files { buckets[bucket(of: file.name)].append(file) }
  }

  /// FNV-1a.
  private func bucket(of name: Bytes) -> Int {
    let hash = name.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash >> 7) & (buckets.count - 1)
  }
}
