"""swifttrace, attached to a work in each of its ways."""

import os
import sys

RING = 10_000


def to_file(level, **options):
    def attach(work, output):
        import swifttrace

        swifttrace.enable(level, include=work.files, output=output, **options)
        return swifttrace.disable

    return attach


def to_stderr(work, output):
    """Attach as `swifttrace -xx script.py 2>output`."""
    import swifttrace

    redirect(output, 2)
    swifttrace.enable(2, include=work.files)
    return swifttrace.disable


def redirect(output, descriptor):
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, descriptor)
    os.close(file)


def to_ring(level):
    """Attach as `swifttrace -xx --last N script.py`."""

    def attach(work, output):
        import swifttrace

        swifttrace.enable(level, include=work.files, last=RING)

        def detach():
            kept = swifttrace.status().lines
            swifttrace.disable()
            if not kept:
                sys.exit("nothing was kept")

        return detach

    return attach


def to_recording(level, **options):
    """Attach as `swifttrace record script.py`."""

    def attach(work, output):
        import swifttrace

        swifttrace.enable(level, include=work.files, output=output, record=True, **options)
        return swifttrace.disable

    return attach


def out_of_scope(level):
    """Attach with another script in scope than the one that runs."""

    def attach(work, output):
        import swifttrace

        swifttrace.enable(level, output=output)
        return swifttrace.disable

    return attach
