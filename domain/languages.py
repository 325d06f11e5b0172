"""The languages whose words can be stemmed in a search: those of Tantivy's stemmers, by its names, with their ISO 639-1
codes."""

CODES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
LANGUAGES = tuple(sorted(CODES.values()))


def language_named(name: str) -> str | None:
    """The language of a name or a code, in any case; None where there is none."""
    folded = name.strip().casefold()
    return CODES.get(folded, folded if folded in LANGUAGES else None)
