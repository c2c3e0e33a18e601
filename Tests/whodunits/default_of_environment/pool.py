"""Hands jobs to workers, one after the other."""

import settings


class Pool:
    def __init__(self):
        self.size = settings.WORKERS
        self.done = []

    def shares(self, jobs):
        return [jobs[number :: self.size] for number in range(self.size)]

    def run(self, jobs):
        for share in self.shares(jobs):
            for job in share:
                self.done.append(job())
        return self.done
