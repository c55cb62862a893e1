"""Thousands of calls at once under mixed faults, each answer compared with the truth.

`python -m benchmarks.soak [--calls 5000] [--seed N] [--rate 0.2]`. A sandbox in a process of its own
meets a fifth of all requests with one of its faults; half of the desks reach it through a proxy that
cuts, delays, repeats and splits bytes. Each round draws how the vendors behave (the sandbox's dials)
and a pool of questions: filters, sorts, views, relations, pages, both tools.

The truth comes in two steps. Each question is asked once without faults, and that answer is compared
with the sandbox's world by SQL: which incidents in which order, how many in all, and the values of
the plain columns. Then every answer under faults is compared with that one, and with the bytes that
came, which are recorded on the way:

* Where the vendor's value is the same as without a fault, the shown value must be, too.
* Where a fault changed the value itself, what is shown is what the vendor said, and is not compared:
  a null or something empty may be missing; anything else that is missing must be named by a note.
* Every row that was sent must be there, once, or `next` must lead to it: it is followed without
  faults, and must go on where the answer ended. Where there is none, nothing may be left.
* `total` is the truth's. An error must be one of those that the README's table of faults has, and
  must have a cause.

Wrong, or silently incomplete, is what breaks one of these rules: it is printed with the answer and
the bytes, and the exit is 1.
"""
