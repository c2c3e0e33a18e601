/// The layout of a recording. `docs/reference/recording-format.md` describes it.
///
/// All numbers are in little-endian order.
public enum RecordingFormat {
  /// The latest version, which recordings have whose blocks belong to generations. A reader takes
  /// all versions up to its own.
  public static let version: UInt32 = 2
  /// The version of recordings that keep everything.
  static let versionOfAll: UInt32 = 1
  /// The version of folded recordings, which `FoldedRecording` reads.
  static let versionOfFolded: UInt32 = 3
  /// The size of a block, in bytes. The file's header is a block, too.
  public static let blockSize = 64 * 1024
  /// The size of a block's header, in bytes.
  public static let blockHeaderSize = 64
  /// The most bytes of events or definitions that a block has.
  public static let payloadSize = blockSize - blockHeaderSize

  /// The first 16 bytes of each recording. They are written last, so a file without them is no
  /// recording yet.
  public static let magic: StaticString = "swifttrace-rec\n\0"
  static let magicSize = 16
  /// "swtB"
  static let blockMagic: UInt32 = 0x4274_7773

  /// Offsets in the file's header.
  enum FileOffset {
    static let version = 16
    static let blockSize = 20
    static let identity = 24
    static let process = 32
    static let parent = 40
    static let wallClock = 48
    static let monotonic = 56
    static let length = 64
    static let checksum = 68
    static let fields = 72
  }

  /// Offsets in a block's header.
  enum BlockOffset {
    static let magic = 0
    static let kind = 4
    static let identity = 8
    static let order = 16
    static let time = 24
    static let thread = 32
    static let length = 36
    static let checksum = 40
    static let lines = 44
    /// The generation that the block belongs to.
    static let generation = 48
    /// The number before that of the generation's first place.
    static let firstPlace = 52
  }
}

/// What a block holds.
enum BlockKind: UInt8 {
  case events = 1
  case definitions = 2
  /// What the events have been folded to: a set of blocks has it all.
  case state = 3
  /// The same and the definitions, packed: there is nothing else in the file that counts.
  case packed = 4
}

/// What the file's header says of the process, beyond the numbers.
public enum HeaderField: UInt8, Sendable {
  case host = 1
  /// One of `sys.orig_argv`; there are several.
  case argument = 2
  case directory = 3
  case pythonVersion = 4
  case swifttraceVersion = 5
  /// `name=value`: an option that the recording was made with.
  case option = 6
}

/// What a definition defines. The numbers of places, files, code objects and labels are given
/// in the order of their definitions, from 1 on.
public enum DefinitionKind: UInt8, Sendable {
  /// The name of a source file, and its whole path.
  case file = 1
  /// The text of a source file.
  case source = 2
  /// A line of a file.
  case place = 3
  /// A code object.
  case code = 4
  /// The name of a thread.
  case thread = 5
  /// What lines carry behind their crosses, such as `{worker} `.
  case label = 6
}

/// The first byte of an event. Zero is the end of what has been written.
public enum Opcode {
  static let end: UInt8 = 0x00
  /// A line that is too far from the one before for one or two bytes.
  static let farLine: UInt8 = 0x01
  static let call: UInt8 = 0x02
  static let `return`: UInt8 = 0x03
  static let yield: UInt8 = 0x04
  static let resume: UInt8 = 0x05
  static let raise: UInt8 = 0x06
  static let caught: UInt8 = 0x07
  /// An exception leaves the frame.
  static let unwind: UInt8 = 0x08
  static let label: UInt8 = 0x09
  /// Another thread runs from here on.
  static let `switch`: UInt8 = 0x0A
  static let time: UInt8 = 0x0B
  static let fork: UInt8 = 0x0C
  /// The process has ended, or its trace has.
  static let finish: UInt8 = 0x0D
  /// The first opcode that a number and that many bytes follow. Readers skip those of them that
  /// they do not know.
  static let firstWithBytes: UInt8 = 0x10
  /// Bytes that a text trace has between its lines.
  static let text: UInt8 = 0x10
  /// What is said of the line before: `x = 3`.
  static let note: UInt8 = 0x11
  /// The note or the text before goes on.
  static let more: UInt8 = 0x12
  /// A line, or a note, as it is printed: a field of it differs each time.
  static let spelled: UInt8 = 0x13
  static let lastWithBytes: UInt8 = 0x1F
  /// Lines that are near the one before: the difference is added to the opcode.
  static let nearLine: UInt8 = 0x20
  static let nearCount = 0x80
  /// Lines that are further away: the upper bits of the difference are added to the opcode,
  /// the lower eight follow.
  static let middleLine: UInt8 = 0xA0
  static let middleCount = 0x20 * 0x100
}
