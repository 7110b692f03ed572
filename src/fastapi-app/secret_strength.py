"""How hard a secret is to guess, in bits: an estimate that knows words, rows of keys, sequences and repetition.

Each sign that one could not have told from those before it counts as much as its alphabet is large; what follows a pattern counts
a bit or two. A random text is told its true measure within a few bits; `passwordpassword` gets 15.
"""

import math
import re

WEAKEST_BITS = 64.0
"""What production asks for: 16 letters and digits at random have 95. `scripts/init-env` makes 238."""
WORD_BITS = 11.0
"""A word of a list of the two thousand most used."""
WORDS = [
    "password",
    "passwort",
    "passw0rd",
    "p4ssword",
    "contrasena",
    "contraseña",
    "secreto",
    "secret",
    "changeme",
    "change",
    "letmein",
    "welcome",
    "bienvenido",
    "admin",
    "administrator",
    "root",
    "usuario",
    "user",
    "login",
    "master",
    "token",
    "api",
    "apitoken",
    "key",
    "clave",
    "llave",
    "test",
    "testing",
    "prueba",
    "default",
    "guest",
    "dragon",
    "monkey",
    "football",
    "futbol",
    "baseball",
    "princess",
    "sunshine",
    "shadow",
    "superman",
    "batman",
    "iloveyou",
    "tequiero",
    "trustno",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "asdf",
    "zxcvbn",
    "zxcv",
    "qazwsx",
    "hello",
    "hola",
    "abc",
    "access",
    "private",
    "privado",
    "server",
    "service",
    "chocolate",
    "chocolat",
    "cacao",
    "cocoa",
    "bombon",
    "bombones",
    "trufa",
    "trufas",
    "factory",
    "fabrica",
    "fábrica",
    "factoria",
    "energy",
    "energia",
    "precio",
    "planta",
    "spain",
    "espana",
    "madrid",
    "linares",
    "jaen",
    "andalucia",
    "barcelona",
    "influx",
    "influxdb",
    "influxdata",
    "nginx",
    "docker",
    "fastapi",
    "python",
    "company",
    "empresa",
    "production",
    "produccion",
    "development",
    "summer",
    "winter",
    "spring",
    "autumn",
    "verano",
    "invierno",
    "primavera",
    "otono",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
]
KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
ALPHABETS = ((r"[a-z]", 26), (r"[A-Z]", 26), (r"[0-9]", 10), (r"[^A-Za-z0-9]", 33))
LIKE_A_WORD = re.compile(r"[A-Z]?[a-z]{4,}")
VOWELS = 0.25
BITS_A_LETTER = 2.5
"""Of a text that can be spoken; Shannon found 2.3 for eight letters in a row (Bell System Technical Journal 30 (1951) 50)."""
FOUR_ALIKE = 4
"""Signs in a row that stood before count as one choice: where they stood."""
_WORD = re.compile("|".join(sorted(map(re.escape, WORDS), key=len, reverse=True)))
_LEET = str.maketrans("013457@$!", "oieastasi")


def bits(secret: str) -> float:
    """The estimate [bits]."""
    size = sum(count for pattern, count in ALPHABETS if re.search(pattern, secret))
    if re.fullmatch(r"[0-9a-f-]+|[0-9A-F-]+", secret) and not secret.isdigit():
        size = 16  # also a UUID
    distinct = len(set(secret))
    if size and distinct < size * (1 - (1 - 1 / size) ** len(secret)) / 2:
        size = distinct  # far fewer different signs than chance would bring
    sign, total, at = math.log2(size or 1), 0.0, 0
    plain = secret.lower()
    while at < len(secret):
        length, cost = min(_patterns(plain, secret, at), key=lambda one: one[1] / one[0], default=(1, sign))
        total, at = total + min(cost, length * sign), at + length
    return total


def _patterns(text: str, given: str, at: int) -> list[tuple[int, float]]:
    """(signs that the pattern covers, what it costs [bits]) of the patterns that begin here."""
    found = []
    word = _WORD.match(text, at) or _WORD.match(text.translate(_LEET), at)
    if word and len(word[0]) > 2:
        found.append((len(word[0]), WORD_BITS))
    like_a_word = LIKE_A_WORD.match(given, at)
    if like_a_word and len(re.findall(r"[aeiouyAEIOUY]", like_a_word[0])) >= VOWELS * len(like_a_word[0]):
        found.append((len(like_a_word[0]), BITS_A_LETTER * len(like_a_word[0])))
    for step in (0, 1, -1):
        run = _run(text, at, step)
        if run > 2:
            found.append((run, 6.0 + math.log2(run)))
    for row in (*KEY_ROWS, *(row[::-1] for row in KEY_ROWS)):
        run = next((size for size in range(len(row), 2, -1) if text[at : at + size] in row and len(text) - at >= size), 0)
        if run:
            found.append((run, 6.0 + math.log2(run)))
    again = next((size for size in range(len(text) - at, FOUR_ALIKE - 1, -1) if text[at : at + size] in text[:at]), 0)
    if again:
        found.append((again, 1.0 + math.log2(at)))
    return found


def _run(text: str, at: int, step: int) -> int:
    """Signs from here on, each as far from the one before."""
    size = 1
    while at + size < len(text) and ord(text[at + size]) - ord(text[at + size - 1]) == step:
        size += 1
    return size
