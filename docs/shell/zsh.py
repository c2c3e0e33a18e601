"""The completion for zsh."""

from __future__ import annotations

from table import SHOWABLE, Flag, flags, options

TEXT = r"""#compdef swifttrace

_swifttrace_commands() {
  local -a commands
  commands=(
@COMMANDS@
  )
  _describe -t commands command commands
}

_swifttrace_program() {
  _alternative 'programs:script or directory:_files' 'commands:command:_swifttrace_commands'
}

_swifttrace_signals() {
  compadd -- ${signals:#(EXIT|KILL|STOP|ZERR|DEBUG|RT*)}
}

# Behind these commands the options and a program follow.
if (( CURRENT > 2 )) && [[ ${words[2]} == (@RUNNING@) ]]; then
  words=("${words[1]}" "${(@)words[3,-1]}")
  (( CURRENT-- ))
fi

_arguments -S -A '-*' \
@OPTIONS@
  '1:program:_swifttrace_program' \
  '*:argument:_files'
"""


def text() -> str:
    """Return the file."""
    commands = "\n".join(f"    {quoted(f'{name}:{does}')}" for name, _, does in options.SUBCOMMANDS)
    specifications = "\n".join(f"  {_specification(flag)} \\" for flag in flags())
    made = TEXT.replace("@COMMANDS@", commands).replace("@OPTIONS@", specifications)
    return made.replace("@RUNNING@", "|".join(options.RUNNING))


def _specification(flag: Flag) -> str:
    """Return what `_arguments` is told of one flag."""
    others = "" if flag.repeats else " ".join(flag.names)
    many = "*" if flag.repeats else f"({others})" if len(flag.names) > 1 else ""
    told = f"[{plain(flag.summary)}]{_value(flag)}"
    if len(flag.names) == 1:
        return quoted(many + flag.names[0] + _sign(flag, flag.names[0]) + told)
    names = ",".join(name + _sign(flag, name) for name in flag.names)
    return f"{quoted(many) if many else ''}{{{names}}}{quoted(told)}"


def _sign(flag: Flag, name: str) -> str:
    """Return how the value follows the name."""
    if flag.value == "none":
        return ""
    if not flag.needs_value:
        return "=-"
    return "=" if name.startswith("--") else "+"


def _value(flag: Flag) -> str:
    if flag.value == "none":
        return ""
    ways = {
        "files": "_files",
        "list": f"_values -s , field {' '.join(SHOWABLE)}",
        "signals": "_swifttrace_signals",
        "words": f"({' '.join(flag.words)})",
    }
    colon = ":" if flag.needs_value else "::"
    # Behind the code or the module all words are the program's.
    rest = ":*:argument:_files" if flag.names[0] in ("-c", "-m") else ""
    told = "value" if flag.words else flag.metavar.lower()
    return f"{colon}{told}:{ways.get(flag.value, ' ')}{rest}"


def plain(told: str) -> str:
    """Return a description in which `_arguments` sees no mark of its own."""
    return "".join("\\" + letter if letter in "[]:\\" else letter for letter in told)


def quoted(word: str) -> str:
    """Return a word that the shell takes as it is."""
    return "'" + word.replace("'", "'\\''") + "'"
