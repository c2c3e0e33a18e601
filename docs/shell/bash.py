"""The completion for bash."""

from __future__ import annotations

from table import SHOWABLE, Flag, flags, options

TEXT = r"""# bash completion for swifttrace

# Prints the kind of word number $1: "options" for a word before the script, "arguments" for
# one behind it, or the option of which it is the value.
_swifttrace_kind() {
    local number=1 word
    while ((number < $1)); do
        word=${COMP_WORDS[number]}
        ((number++))
        case $word in
            -c | -m)
                ((number < $1)) && echo arguments || echo "$word"
                return
                ;;
            -)
                echo arguments
                return
                ;;
            -- | @RUNNING@) ;;
            @NEEDING@)
                # `=` is a word of its own.
                [[ ${COMP_WORDS[number]} == = && $word == --* ]] && ((number++))
                if ((number >= $1)); then
                    echo "$word"
                    return
                fi
                ((number++))
                ;;
            -*)
                if [[ ${COMP_WORDS[number]} == = ]]; then
                    ((number++))
                    if ((number >= $1)); then
                        echo "$word"
                        return
                    fi
                    ((number++))
                fi
                ;;
            *)
                echo arguments
                return
                ;;
        esac
    done
    echo options
}

# Files and directories that begin with the word.
_swifttrace_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# The value of an option: $1 is the option, $2 the beginning of the value.
_swifttrace_value() {
    local words=
    case $1 in
@VALUES@
    esac
    [[ $words ]] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

# A list with commas, of which the last item is to be completed.
_swifttrace_list() {
    local before= item
    [[ $1 == *,* ]] && before=${1%,*},
    for item in $2; do
        [[ ,$before == *,$item,* ]] || COMPREPLY+=("$before$item")
    done
    mapfile -t COMPREPLY < <(compgen -W "${COMPREPLY[*]}" -- "$1")
    compopt -o nospace 2>/dev/null
}

_swifttrace_signals() {
    local signal
    for signal in $(compgen -A signal SIG); do
        case $signal in SIGKILL | SIGSTOP | SIGRT* | SIGJUNK*) ;; *) echo "${signal#SIG}" ;; esac
    done
}

_swifttrace() {
    local word=${COMP_WORDS[COMP_CWORD]} place=$COMP_CWORD kind
    # Behind the `=` of an option nothing stands yet.
    [[ $word == = ]] && word= place=$((COMP_CWORD + 1))
    kind=$(_swifttrace_kind "$place")
    COMPREPLY=()
    case $kind in
        arguments) _swifttrace_files "$word" ;;
        options)
            if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "@OPTIONS@" -- "$word")
            else
                _swifttrace_files "$word"
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "@COMMANDS@" -- "$word")
            fi
            ;;
        *) _swifttrace_value "$kind" "$word" ;;
    esac
}

complete -F _swifttrace swifttrace
"""


def text() -> str:
    """Return the file."""
    known = flags()
    fields = {
        "@OPTIONS@": " ".join(name for flag in known for name in flag.names),
        "@NEEDING@": " | ".join(
            name for flag in known if flag.needs_value and not _runs(flag) for name in flag.names
        ),
        "@RUNNING@": " | ".join(options.RUNNING),
        "@COMMANDS@": " ".join(name for name, _, _ in options.SUBCOMMANDS),
        "@VALUES@": "\n".join(filter(None, map(_value, known))),
    }
    made = TEXT
    for mark, value in fields.items():
        made = made.replace(mark, value)
    return made


def _runs(flag: Flag) -> bool:
    return flag.names[0] in ("-c", "-m")


def _value(flag: Flag) -> str:
    """Return the branch for one option; none if any text may be its value."""
    ways = {
        "files": '_swifttrace_files "$2"',
        "list": f'_swifttrace_list "$2" "{" ".join(SHOWABLE)}"',
        "signals": "words=$(_swifttrace_signals)",
        "words": f'words="{" ".join(flag.words)}"',
    }
    way = ways.get(flag.value)
    return f"        {' | '.join(flag.names)}) {way} ;;" if way else ""
