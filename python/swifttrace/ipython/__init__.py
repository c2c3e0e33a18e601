"""`%trace` and `%%trace`."""
