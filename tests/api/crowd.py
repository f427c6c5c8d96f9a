# Clients that do something at the same time, again and again, until it is enough.
# SPDX-License-Identifier: BSD-2-Clause
import threading


class Crowd:
    """
    `count` threads, each of which calls run(its index) once, as long as a
    `with` lasts. run, which a subclass has, goes on until `enough` is set;
    then `patience` is how many seconds each of them may take to end.
    """

    def __init__(self, count, patience=30):
        self.patience = patience
        self.lock = threading.Lock()
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(count)]

    def run(self, index):
        raise NotImplementedError

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        for thread in self.threads:
            thread.join(self.patience)
