"""One budget for many processes: each leases its part of a vendor's rate from Redis.

- `lease.lua` divides the rate of a vendor key among the processes. Redis runs it.
- `exchange` is what a process sends to this script, and what it answers.
- `redis_client` is the connection to Redis, and `failure` says what went wrong with it.
- `lease` is the part that a process has of one vendor key, and its course without an answer.
- `shared_budgets` makes the budgets, and renews the leases.

docs/copies.md explains how leases keep to the rate.
"""
