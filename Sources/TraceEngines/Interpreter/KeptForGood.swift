/// Has no `deinit` run: it would count down objects of an interpreter that is gone.
func keepForGood<T: AnyObject>(_ object: T?) {
  if let object { keptForGood.append(Unmanaged.passRetained(object).toOpaque()) }
}

/// For whoever looks for memory that nothing points to.
nonisolated(unsafe) private var keptForGood: [UnsafeMutableRawPointer] = []
