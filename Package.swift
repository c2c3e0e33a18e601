// swift-tools-version: 6.0
import PackageDescription

// Release builds are Embedded Swift: a module of a few dozen kB that needs libc
// alone. Debug builds, which `swift test` makes, are ordinary Swift with every
// check, from the same sources.
let embedded = ["-enable-experimental-feature", "Embedded"]

// For size: the path of a line is a few inlined instructions either way. Without frame
// pointers it is three fewer of them, and tables for unwinding would be 28 kB.
let forSize = [
  "-Osize", "-Xcc", "-fomit-frame-pointer", "-Xcc", "-momit-leaf-frame-pointer",
  "-Xcc", "-fno-asynchronous-unwind-tables", "-Xcc", "-fno-unwind-tables",
  "-Xfrontend", "-function-sections", "-enforce-exclusivity=unchecked",
]

// Hashes of the compiler's own for the next build, which depend on where the source lies.
let reproducible = ["-Xfrontend", "-disable-incremental-llvm-codegen"]

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(embedded + ["-wmo"] + forSize + reproducible, .when(configuration: .release)),
]

// libpython is never linked: the interpreter that loads the module brings the
// symbols. ELF allows that by default, Mach-O has to be told.
let moduleLinking: [LinkerSetting] = [
  .unsafeFlags(embedded, .when(configuration: .release)),
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all",
      "-Xlinker", "--build-id=none", "-Xlinker", "-O2",
    ], .when(platforms: [.linux], configuration: .release)),
  .unsafeFlags(
    ["-Xlinker", "-undefined", "-Xlinker", "dynamic_lookup"], .when(platforms: [.macOS])),
]

/// - Parameter module: the target that has the initialization function.
func linking(_ module: String) -> [LinkerSetting] {
  let exports = "\(Context.packageDirectory)/Sources/\(module)/exports.map"
  return moduleLinking + [
    .unsafeFlags(
      ["-Xlinker", "--version-script=\(exports)"],
      .when(platforms: [.linux], configuration: .release))
  ]
}

let package = Package(
  name: "swifttrace",
  products: [
    .library(name: "swifttrace", type: .dynamic, targets: ["swifttrace"]),
    .library(name: "reading", type: .dynamic, targets: ["reading"]),
    .library(name: "exporting", type: .dynamic, targets: ["exporting"]),
    .library(name: "attaching", type: .dynamic, targets: ["attaching"]),
    .library(name: "writing", type: .dynamic, targets: ["writing"]),
  ],
  targets: [
    .systemLibrary(name: "CSystem"),
    .systemLibrary(
      name: "CPython",
      pkgConfig: "python3",
      providers: [.apt(["libpython3-dev"]), .brew(["python"])]
    ),
    .target(name: "TraceCore", dependencies: ["CSystem"], swiftSettings: settings),
    .target(
      name: "PythonInterop", dependencies: ["CPython", "TraceCore"], swiftSettings: settings),
    .target(
      name: "TraceEngines",
      dependencies: ["CPython", "CSystem", "PythonInterop", "TraceCore"],
      swiftSettings: settings
    ),
    .target(
      name: "swifttrace",
      dependencies: ["CPython", "CSystem", "PythonInterop", "TraceCore", "TraceEngines"],
      exclude: ["exports.map"],
      swiftSettings: settings,
      linkerSettings: linking("swifttrace")
    ),
    .target(
      name: "reading",
      dependencies: ["CPython", "CSystem", "PythonInterop", "Recording", "TraceCore"],
      exclude: ["exports.map"],
      swiftSettings: settings,
      linkerSettings: linking("reading")
    ),
    .target(
      name: "exporting",
      dependencies: ["CPython", "PythonInterop", "Recording", "TraceCore"],
      exclude: ["exports.map"],
      swiftSettings: settings,
      linkerSettings: linking("exporting")
    ),
    .target(
      name: "attaching",
      dependencies: ["CPython", "CSystem", "PythonInterop"],
      exclude: ["exports.map"],
      swiftSettings: settings,
      linkerSettings: linking("attaching")
    ),
    .target(
      name: "writing",
      dependencies: ["CPython", "CSystem", "PythonInterop", "Recording", "TraceCore"],
      exclude: ["exports.map"],
      swiftSettings: settings,
      linkerSettings: linking("writing")
    ),
    .target(name: "Recording", dependencies: ["CSystem"], swiftSettings: settings),
    .testTarget(
      name: "RecordingTests", dependencies: ["CSystem", "Recording"], swiftSettings: settings),
    .testTarget(name: "TraceCoreTests", dependencies: ["TraceCore"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
