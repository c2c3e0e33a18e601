"""Steps of a migration, each after those that it needs."""

NEEDS = {
    "create": set(),
    "fill": {"create"},
    "index": {"create"},
    "grant": {"create"},
    "check": {"fill", "index"},
    "notify": set(),
}


def ready_after(done):
    return {step for step, needs in NEEDS.items() if step not in done and needs <= done}


def order():
    done = []
    while len(done) < len(NEEDS):
        ready = ready_after(set(done))
        step = ready.pop()
        done.append(step)
    return done
