"""Commands, numbers and words without exception of README and docs, and how many a command or a test holds."""

import sys

from support.doc_claims import EVERY, STRICT, claims
from support.doc_commands import BY_HAND, ROOT, commands, numbers
from support.doc_figures import numbers_held


def main() -> int:
    """Exit code 1 where a command is run by nothing and nobody says why."""
    found = list(commands())
    by_hand = [each for each in found if each.run_by and each.run_by[0] == BY_HAND]
    unknown = [each for each in found if each.run_by is None]
    print(f"commands: {len(found)}; run by a test, a build or a measurement: {len(found) - len(by_hand) - len(unknown)}")
    for each in (*by_hand, *unknown):
        why = each.run_by[1] if each.run_by else "NOBODY KNOWS"
        print(f"  by hand: {each.document.relative_to(ROOT)}:{each.line} {each.text[:70]} ({why})")
    sections = list(numbers())
    total, printed = sum(count for _, _, count, _ in sections), sum(count for _, _, count, has in sections if has)
    print(f"numbers: {total}; in a section that names the command that prints it: {printed}; held one by one: {numbers_held()}")
    for words, name in ((STRICT, "never, always, exactly one"), (EVERY, "every")):
        said = list(claims(words))
        print(f"{name}: {len(said)}; held by a test that is named: {sum(each.test is not None for each in said)}")
    for document, title, count, has in sorted(sections, key=lambda row: -row[2]):
        if not has:
            print(f"  {count:4d} {document.relative_to(ROOT)}: {title}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
