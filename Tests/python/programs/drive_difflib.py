"""difflib: matching, unified and HTML differences."""

import difflib

old = [f"line {n}\n" for n in range(30)]
new = old[:5] + ["added\n"] + old[6:20] + ["line 20 changed\n"] + old[21:]
print("".join(difflib.unified_diff(old, new, "old", "new")))
print("".join(difflib.ndiff(old[:8], new[:8])))
print(difflib.get_close_matches("appel", ["ape", "apple", "peach"]))
print(len(difflib.HtmlDiff().make_table(old, new)))
