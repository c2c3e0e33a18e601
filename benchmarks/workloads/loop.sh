# The tight loop, for `bash -x`.
# shellcheck shell=bash
total=0
for ((turn = 0; turn < $1; turn++)); do
  ((first = turn & 7))
  ((one = first + 1))
  if ((turn & 1)); then
    ((total += one))
  fi
  ((total ^= first))
done
