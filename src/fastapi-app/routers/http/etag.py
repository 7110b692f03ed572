"""Entity tags, compared weakly (RFC 9110, 8.8.3.2): Nginx's gzip weakens them on the way."""


def weak(revision: str) -> str:
    """A weak entity tag."""
    return f'W/"{revision}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match header names the tag, or anything (`*`)."""
    opaque = etag.removeprefix("W/")
    given = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in given or opaque in (tag.removeprefix("W/") for tag in given)
