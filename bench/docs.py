"""Commands, numbers and words without exception of README and docs, and how many a command or a test holds."""

import sys

from support.doc_claims import EVERY, STRICT, claims
from support.doc_commands import BY_HAND, ROOT, commands
from support.doc_figures import numbers_held
from support.doc_numbers import NOT_MEASURED, numbers


def main() -> int:
    """Exit code 1 where a command is run by nothing, or a number is printed by nothing, and nobody says why."""
    found = list(commands())
    by_hand = [each for each in found if each.run_by and each.run_by[0] == BY_HAND]
    unknown = [each for each in found if each.run_by is None]
    print(f"commands: {len(found)}; run by a test, a build or a measurement: {len(found) - len(by_hand) - len(unknown)}")
    for each in (*by_hand, *unknown):
        why = each.run_by[1] if each.run_by else "NOBODY KNOWS"
        print(f"  by hand: {each.document.relative_to(ROOT)}:{each.line} {each.text[:70]} ({why})")
    sections = numbers()
    total, printed = sum(one.count for one in sections), sum(one.count for one in sections if one.printed)
    print(
        f"numbers: {total}; in a section that names the command or test that has them: {printed}; held one by one: {numbers_held()}"
    )
    for kind in NOT_MEASURED:
        print(f"  {sum(one.count for one in sections if not one.printed and one.kind == kind):4d} {kind}")
    homeless = [one for one in sections if not one.printed and (one.kind is None or one.measured)]
    for one in homeless:
        why = f"a measurement ({one.measured})" if one.measured else "nobody says what they are"
        print(f"  {one.count:4d} {one.document.relative_to(ROOT)}: {one.title}: {why}")
    for words, name in ((STRICT, "never, always, exactly one"), (EVERY, "every")):
        said = list(claims(words))
        print(f"{name}: {len(said)}; held by a test that is named: {sum(each.test is not None for each in said)}")
    return 1 if unknown or homeless else 0


if __name__ == "__main__":
    sys.exit(main())
