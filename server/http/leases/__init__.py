"""One budget for many processes: each leases its part of a vendor's rate from Redis.

- `lease.lua` divides the rate of a vendor key among the processes. Redis runs it.
- `exchange` is what a process sends to this script, and what it answers.
- `lease_client` asks for leases, so that a late ask changes nothing.
- `redis_client` is the connection to Redis, and `failure` says what went wrong with it.
- `lease` is the rate that a process has of one vendor key, also without an answer.
- `demand` is what a process could use.
- `shared_budgets` makes the budgets, and renews the leases.
- `state` tells the operator how it goes, and `trial` tries Redis out for `doctor`.

docs/copies.md explains how leases keep to the rate.
"""
