"""`scripts/bench intake_faults --n 10000`: random faults in the bytes of true days; wrong values stored, and crashes."""

import argparse
import time
from collections import Counter

from support.wire_faults import outcome_of


def main() -> None:
    """Count, and show the first that went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter()
    tried: Counter[str] = Counter()
    wrong, crashed, stored = [], [], 0
    for seed in range(given.seed, given.seed + given.n):
        outcome = outcome_of(seed)
        tried[f"{outcome.shape}"] += 1
        stored += outcome.stored
        wrong += [outcome] if outcome.wrong else []
        crashed += [outcome] if outcome.crash else []
    seconds = time.perf_counter() - began
    print(f"{given.n} faults in {seconds:.1f} s over {dict(sorted(tried.items()))}")
    print(f"values stored {stored}, answers with a wrong value stored {len(wrong)}, crashes {len(crashed)}")
    for outcome in [*wrong, *crashed][:20]:
        print(outcome)


if __name__ == "__main__":
    main()
