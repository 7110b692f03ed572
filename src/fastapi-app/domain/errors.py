"""Everything that can go wrong, sorted by what a caller can do about it.

FactoryError
├── SourceError                     an outside service
│   ├── SourceUnavailableError      no answer: asking again later may work
│   │   ├── UnreachableError        no connection
│   │   ├── SilentError             nothing came back, or not in time
│   │   ├── NoDataError             what came back is no data: a page, nothing, half a document
│   │   └── BlockedError            a firewall: asking again at once makes it worse, so the source rests for minutes
│   ├── RateLimitedError            asked too often: wait for `retry_after_s`
│   ├── NotPublishedError           not out yet: normal, ask at the next publication time
│   ├── BadPayloadError             an answer we do not understand: a person must look
│   ├── SourceRejectedError         refused for good (unknown resource): a person must act
│   │   ├── KeyRejectedError        it does not take our key
│   │   └── NotSubscribedError      our key is not for this product of it
│   └── NotConfiguredError          no key or station set: a person may act
├── StoreError                      the history or the state
│   ├── StoreUnavailableError       away: writes wait in the spool, reads come from memory
│   │   ├── StoreBusyError          it asks us to wait for `retry_after_s` (429, 503)
│   │   ├── StoreDeniedError        it does not accept our token: away until a person mends that
│   │   └── StoreMissingError       it has no such bucket: away until a person makes it
│   ├── StoreRefusedError           it will never take this: a person must look
│   │   ├── StoreForeignError       real against simulated, or a newer schema: nothing at all is taken
│   │   ├── FieldConflictError      a field of another type than the one it keeps
│   │   └── TooLargeError           one point is larger than a request may be
│   └── SpoolFullError              the spool has no room: the write was refused, nothing was acknowledged
├── ChildFailedError                a fault of work outside this process: a person must look
│   └── ChildLateError              it was not done in time
├── ContradictionError              two things that were said cannot both be: `told` is the earlier one
├── KeyTakenError                   something else was sent before under the sender's Idempotency-Key
├── IdTakenError                    something else was said before under the sender's id
├── ChangedMeanwhileError           somebody else changed it since it was read: read it again
├── NotWritableError                a file that is only read here: a person may open it
├── InvalidRequestError             it cannot be: what was given, what would be valid
│   └── MalformedRequestError       not even of the form that is described
├── NotFoundError                   no such thing
└── NotKnownError                   a true answer is not possible now, and why
"""

from collections.abc import Mapping


class FactoryError(Exception):
    """Base of all errors of this program."""


class SourceError(FactoryError):
    """A source could not give what was asked. `source` is its short name (redata, esios, ...)."""

    def __init__(self, source: str, detail: str) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail


class SourceUnavailableError(SourceError):
    """No answer: asking again later may work. `detail` is what came of the request; what that means is the class."""


class UnreachableError(SourceUnavailableError):
    """No connection to the source."""


class SilentError(SourceUnavailableError):
    """Nothing came back, or not in time."""


class NoDataError(SourceUnavailableError):
    """What came back is no data: a page, nothing, or half of a document."""


class BlockedError(SourceUnavailableError):
    """A firewall refused us. It passes by itself, after minutes without requests."""


class RateLimitedError(SourceError):
    """Asked too often."""

    def __init__(self, source: str, detail: str, retry_after_s: float) -> None:
        super().__init__(source, detail)
        self.retry_after_s = retry_after_s


class NotPublishedError(SourceError):
    """The values are not out yet (or were never published): normal, nothing to alarm on."""


class BadPayloadError(SourceError):
    """An answer we do not understand: a person must look."""


class SourceRejectedError(SourceError):
    """Refused for good (bad key, unknown resource): a person must act. `detail` is what the source said; what that means to us is
    the class, which each language has words for."""


class KeyRejectedError(SourceRejectedError):
    """The source does not take our key."""


class NotSubscribedError(SourceRejectedError):
    """The key is not for this product of the source."""


class NotConfiguredError(SourceError):
    """The source needs a key or an address that is not set."""


class StoreError(FactoryError):
    """The history or the local state could not do what was asked."""


class StoreUnavailableError(StoreError):
    """The store is away: later may work."""


class StoreRefusedError(StoreError):
    """The store will never take this: a person must look."""


class StoreBusyError(StoreUnavailableError):
    """The store asks us to wait; `retry_after_s` is None when it does not say how long."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class StoreDeniedError(StoreUnavailableError):
    """The store does not accept our token: away until a person mends that."""


class StoreMissingError(StoreUnavailableError):
    """The store has no such bucket: away until a person makes it."""


class StoreForeignError(StoreRefusedError):
    """The store belongs to the other world (real or simulated) or to a newer schema: it takes nothing at all."""


class FieldConflictError(StoreRefusedError):
    """A field of another type than the one that the store keeps."""


class TooLargeError(StoreRefusedError):
    """One point is larger than a request may be."""


class SpoolFullError(StoreError):
    """The spool has no room left: the write was refused and nothing of it was kept."""


class ChildFailedError(FactoryError):
    """Work in a child process raised what nobody expected, was killed or died: a fault. `last_report` is what it had told by then.

    The child's own traceback is the cause, where it had one.
    """

    def __init__(self, detail: str, *, last_report: object = None) -> None:
        super().__init__(detail)
        self.last_report = last_report


class ChildLateError(ChildFailedError):
    """The work was not done in time and was ended."""

    def __init__(self, deadline_s: float, last_report: object) -> None:
        super().__init__(f"not done within {deadline_s:.0f} s", last_report=last_report)
        self.deadline_s = deadline_s


class InvalidRequestError(FactoryError):
    """Bad input. `value` is what was given, `valid` says what would be accepted."""

    def __init__(self, detail: str, *, name: str, value: object, valid: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.name = name
        self.value = value
        self.valid = valid


class MalformedRequestError(InvalidRequestError):
    """Not of the form that is described, whatever else is true."""


class ContradictionError(FactoryError):
    """What is said now and what was said before cannot both be. `told` is the sequence of the earlier event, `offer` an event that
    would settle it.
    """

    def __init__(self, detail: str, *, told: int, offer: Mapping[str, str | int]) -> None:
        super().__init__(detail)
        self.told = told
        self.offer = dict(offer)


class KeyTakenError(FactoryError):
    """Something else was sent before under this key: sent again by mistake, or a key that was not a new one."""

    def __init__(self, key: str) -> None:
        super().__init__(f"something else was sent before under the Idempotency-Key {key}: nothing was changed; use a new key")


class IdTakenError(FactoryError):
    """The sender gave this id to something else before: event `told` of the log."""

    def __init__(self, id_: str, told: int) -> None:
        super().__init__(f"the id {id_!r} was given to something else before (event {told}): give each event an id of its own")
        self.told = told


class ChangedMeanwhileError(FactoryError):
    """It is not what was read any more: nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed since it was read: nothing was written; read it again")


class NotWritableError(FactoryError):
    """The plant's file cannot be written by the service. `why` is what stands against it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the plant's file cannot be written here: {why}. Change it where it is, and start the service again")
        self.why = why


class NotFoundError(FactoryError):
    """No such thing. `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no such thing: {what}")
        self.what = what


class NotKnownError(FactoryError):
    """A true answer is not possible now; the text says why."""
