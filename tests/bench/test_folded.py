# Tests folded.py with what perf script says, shortened.
# SPDX-License-Identifier: BSD-2-Clause
import unittest

import folded
from folded import KERNEL, LIBC, OTHER, OURS, PART

READ = """\
parley-messages   77
\tffffffff81e0 unix_stream_read ([kernel.kallsyms])
\tffffffff81d0 ksys_read ([kernel.kallsyms])
\tffffffff81c0 do_syscall_64 ([kernel.kallsyms])
\tffffffff81b0 entry_SYSCALL_64_after_hwframe ([kernel.kallsyms])
\t    7f0010c0 read (/usr/lib/x86_64-linux-gnu/libc.so.6)
\t    7f0020d0 redisBufferRead (/usr/lib/libhiredis.so.0.14)
\t    55001000 cache_get (/srv/parley-messages)
\t    55000800 work (/srv/parley-messages)

"""
MALLOC = """\
parley-messages   77
\t    7f001000 malloc (/usr/lib/x86_64-linux-gnu/libc.so.6)
\t    55000900 xmalloc (/srv/parley-messages (deleted))
\t    55000800 work (/srv/parley-messages (deleted))

"""
NAMELESS = """\
1_scheduler   78
\t    7f003020 [unknown] (/memfd:vmem (deleted))
\t    7f003010 [unknown] (/memfd:vmem (deleted))
\t    7f004000 [unknown] (/usr/lib/libjansson.so.4)
\t    7f005000 [unknown] ([unknown])

"""
CLASSES = """\
Thread pool 2   79
\t    56000001 Map<int;long>::find(int (*)(int)) const (/usr/sbin/mariadbd)

"""
IDLE = """\
swapper     0
\tffffffff81a0 default_idle ([kernel.kallsyms])
"""
PARTS = {77: "messages", 78: "rabbitmq", 79: "mariadb"}


def fold(text, parts=PARTS):
    return folded.fold(text.splitlines(True), lambda _, pid: parts.get(pid))


class Folded(unittest.TestCase):
    def test_a_stack_begins_with_its_part_and_says_whose_each_frame_is(self):
        self.assertEqual(fold(READ), {(
            ("messages", PART), ("work", OURS), ("cache_get", OURS),
            ("redisBufferRead", OTHER), ("read", LIBC),
            ("ksys_read", KERNEL), ("unix_stream_read", KERNEL)): 1})

    def test_the_same_stack_is_counted(self):
        self.assertEqual(folded.text(fold(MALLOC + READ + MALLOC)),
                         "messages;work;cache_get;redisBufferRead;read;"
                         "ksys_read;unix_stream_read 1\n"
                         "messages;work;xmalloc;malloc 2\n")

    def test_code_without_names_is_one_frame_for_each_file(self):
        self.assertEqual(
            folded.text(fold(NAMELESS)),
            "rabbitmq;[unknown];[libjansson.so.4];[in memory] 1\n")

    def test_a_thread_and_a_function_may_have_spaces_in_their_names(self):
        self.assertEqual(folded.text(fold(CLASSES)),
                         "mariadb;Map(int:long)::find 1\n")

    def test_of_others_it_says_which_program(self):
        self.assertEqual(folded.text(fold(CLASSES, {79: folded.OTHERS})),
                         "others;Thread pool 2 1\n")

    def test_what_is_no_part_is_left_out(self):
        self.assertEqual(fold(READ + IDLE), fold(READ))
        self.assertEqual(fold(IDLE), {})

    def test_the_part_is_asked_for_by_name_and_number(self):
        asked = []
        folded.fold(CLASSES.splitlines(), lambda *who: asked.append(who))
        self.assertEqual(asked, [("Thread pool 2", 79)])

    def test_what_perf_never_says_is_refused(self):
        with self.assertRaises(AssertionError):
            fold("failed to open perf.data\n")

    def test_samples_add_up(self):
        stacks = fold(READ + MALLOC + MALLOC + NAMELESS)
        self.assertEqual(folded.by_part(stacks),
                         {"messages": 3, "rabbitmq": 1})
        stacks = folded.of_part(stacks, "messages")
        self.assertEqual(folded.by_kind(stacks), {LIBC: 2, KERNEL: 1})
        self.assertEqual(folded.own(stacks), {
            ("malloc", LIBC): 2, ("unix_stream_read", KERNEL): 1})
        self.assertEqual(folded.within(stacks)["work", OURS], 3)
        self.assertEqual(folded.by_innermost(stacks, OURS), {
            ("xmalloc", OURS): 2, ("cache_get", OURS): 1})
        self.assertEqual(folded.by_entry(stacks), {"ksys_read": 1})
        self.assertEqual(
            folded.by_topic(stacks, {"malloc": "malloc", "all": "work"}),
            {"malloc": 2, "all": 3})

    def test_a_function_that_calls_itself_is_counted_once(self):
        stack = (("messages", PART), ("a", OURS), ("b", OURS), ("a", OURS))
        self.assertEqual(folded.within({stack: 5}),
                         {("a", OURS): 5, ("b", OURS): 5})


if __name__ == "__main__":
    unittest.main()
