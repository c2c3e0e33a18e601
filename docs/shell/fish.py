"""The completion for fish."""

from __future__ import annotations

from table import SHOWABLE, Flag, flags, options
from zsh import quoted

TEXT = r"""# fish completion for swifttrace

# Whether the word to complete stands before the script.
function __swifttrace_before_program
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -c -m -
                return 1
            case @NEEDING@
                set skip 1
            case '-*' @RUNNING@
            case '*'
                return 1
        end
    end
    return 0
end

# Each list of fields that goes on from the one that stands there.
function __swifttrace_fields
    set -l before (commandline -ct | string replace -r '^--?[a-z-]+=?' '')
    set before (string replace -r '[^,]*$' '' -- $before)
    for field in @FIELDS@
        string match -q "*,$field,*" ",$before"; or echo $before$field
    end
end

function __swifttrace_signals
    kill -l | string match -ra '[A-Z]+[A-Z0-9]*' | string match -v -r '^(KILL|STOP|RT.*)$'
end

complete -c swifttrace -e
@COMMANDS@
@OPTIONS@
"""
BEFORE = "complete -c swifttrace -n __swifttrace_before_program"


def text() -> str:
    """Return the file."""
    known = flags()
    needing = [name for flag in known if flag.needs_value for name in flag.names]
    commands = [f"{BEFORE} -a {name} -d {quoted(does)}" for name, _, does in options.SUBCOMMANDS]
    fields = {
        "@NEEDING@": " ".join(name for name in needing if name not in ("-c", "-m")),
        "@FIELDS@": " ".join(SHOWABLE),
        "@RUNNING@": " ".join(options.RUNNING),
        "@COMMANDS@": "\n".join(commands),
        "@OPTIONS@": "\n".join(map(_complete, known)),
    }
    made = TEXT
    for mark, value in fields.items():
        made = made.replace(mark, value)
    return made


def _complete(flag: Flag) -> str:
    names = " ".join(map(_name, flag.names))
    return f"{BEFORE} {names}{_value(flag)} -d {quoted(flag.summary)}"


def _name(name: str) -> str:
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _value(flag: Flag) -> str:
    ways = {
        "files": " -r -F",
        "list": " -x -a '(__swifttrace_fields)'",
        "signals": " -x -a '(__swifttrace_signals)'",
        "words": f" {'-x' if flag.needs_value else '-f'} -a {quoted(' '.join(flag.words))}",
        "text": " -x" if flag.needs_value else "",
    }
    return ways.get(flag.value, "")
