/// Has no `deinit` run: it would count down objects of an interpreter that is gone.
func keepForGood<T: AnyObject>(_ object: T?) {
  if let object { keptForGood.append(Int(bitPattern: Unmanaged.passRetained(object).toOpaque())) }
}

/// Memory that is never given back. A tool that looks for memory which nothing points to finds it
/// here.
nonisolated(unsafe) private var keptForGood: [Int] = []
