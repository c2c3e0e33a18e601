"""Reports of tests: lines as rows, and which rows led to a failure."""
