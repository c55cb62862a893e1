"""Thousands of concurrent calls under mixed faults; each answer is compared with the truth.

`python -m benchmarks.soak [--calls 5000] [--seed N] [--rate 0.2]`. A sandbox in its own process
answers a fifth of all requests with one of its faults. Half of the dispatchers reach it through a
proxy that cuts, delays, repeats and splits bytes. Each round draws the dials of the sandbox and a
pool of questions for both tools: filters, sorts, views, relations, pages.

An answer is judged in two steps. First, each question is asked without faults, and SQL on the
sandbox's data checks this true answer: the incidents and their order, the total, and the values of
simple columns. Then each answer under faults is compared with the true answer, and with the bytes
that the vendor sent for it, which are recorded:

* If the vendor sent the same value as without faults, the answer must show the same value.
* If a fault changed the value, the answer shows the value that the vendor sent. It is not compared.
  A null or an empty value may be missing. If any other value is missing, a note must name it.
* Every row that was sent must be in the answer once, or `next` must lead to it. `next` is followed
  without faults, and must start where the answer ended. Without `next`, no row may be left.
* `total` must be true. An error must be one from the table of faults in docs/errors.md, and must
  have a cause.

An answer that breaks one of these rules is wrong, or incomplete without a note. It is printed with
the bytes, and the exit code is 1.
"""

# The modules, in the order of one round:
# process.py    the sandbox in its own process
# proxy.py      the network faults
# setting.py    the dials of a round
# question.py   a question with its true answer;  answers.py  how to read an answer
# questions.py  makes the pool of questions, and asks for the true answers;  draw.py  draws one
# truth.py      checks a true answer by SQL
# recording.py  asks, and records the bytes that came
# judge.py      judges an answer under faults;  attachments.py  the same for list_attachments
# differences.py  what a fault changed in the bytes
# run.py        runs the rounds
